// node check.mjs job.yaml: checks a job against the schema that Kubernetes publishes, and prints it as JSON.
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { Job } from 'kubernetes-models/batch/v1';

const job = parse(readFileSync(process.argv[2], 'utf8'), { strict: true });
new Job(job).validate();

// The schema passes over keys that it does not know. One that it knows refuses a value of another type.
const requireKnown = (node, path) => {
  for (const [key, value] of Object.entries(node)) {
    node[key] = typeof value === 'object' ? 7 : {};
    let known = false;
    try { new Job(job).validate(); } catch { known = true; }
    node[key] = value;
    if (!known) throw new Error(`${path}.${key} is no key of a job`);
    if (typeof value === 'object') requireKnown(value, `${path}.${key}`);
  }
};
requireKnown(job, 'job');
console.log(JSON.stringify(job));

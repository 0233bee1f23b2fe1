// Runs GGUF files in llama.cpp: node log-probabilities.mjs REQUEST RESULT
// REQUEST is a file with [{ "file", "ids", "texts" }]. RESULT will hold, for each of them:
// { "logProbabilities": one array over the vocabulary for each id, "tokens": the ids of each text, without those put around it }.
import { readFileSync, writeFileSync } from "node:fs";
import { getLlama, LlamaLogLevel } from "node-llama-cpp";

const [request, result] = process.argv.slice(2);
const cases = JSON.parse(readFileSync(request, "utf8"));
const llama = await getLlama({ gpu: false, build: "never", skipDownload: true, progressLogs: false, logLevel: LlamaLogLevel.error, maxThreads: 1 });
const results = [];
for (const { file, ids, texts } of cases) {
    const model = await llama.loadModel({ modelPath: file, gpuLayers: 0 });
    const context = await model.createContext({
        contextSize: 256,
        threads: 1,
        flashAttention: false,
        experimentalKvCacheKeyType: "F32",
        experimentalKvCacheValueType: "F32",
    });
    const sequence = context.getSequence();
    const outputs = await sequence.controlledEvaluate(ids.map(id => [id, { generateNext: { logits: true } }]));
    results.push({
        logProbabilities: outputs.map(output => logSoftmax(output.next.logits)),
        tokens: texts.map(text => model.tokenize(text, true)),
    });
    await context.dispose();
    await model.dispose();
}
writeFileSync(result, JSON.stringify(results));
process.exit(0);

function logSoftmax(logits) {
    const values = [...logits.entries()].sort(([a], [b]) => a - b).map(([, logit]) => logit);
    const largest = values.reduce((a, b) => Math.max(a, b));
    const logSum = largest + Math.log(values.reduce((sum, logit) => sum + Math.exp(logit - largest), 0));
    return values.map(logit => logit - logSum);
}

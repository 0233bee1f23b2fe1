// Encodes texts with the reference library: node encode.mjs REQUEST RESULT
// REQUEST is a file with { "tokenizers": [file], "texts": [text] }. RESULT will hold, for each tokenizer,
// { "ids": the ids of each text with special tokens, "decoded": the text of these ids without them }.
import { readFileSync, writeFileSync } from "node:fs";
import tokenizers from "tokenizers";

const [request, result] = process.argv.slice(2);
const { tokenizers: files, texts } = JSON.parse(readFileSync(request, "utf8"));
const results = [];
for (const file of files) {
    const tokenizer = tokenizers.Tokenizer.fromFile(file);
    const ids = [], decoded = [];
    for (const text of texts) {
        const encoded = (await tokenizer.encode(text, null, { addSpecialTokens: true })).getIds();
        ids.push(encoded);
        decoded.push(await tokenizer.decode(encoded, true));
    }
    results.push({ ids, decoded });
}
writeFileSync(result, JSON.stringify(results));
process.exit(0);

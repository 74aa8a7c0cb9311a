import { isLoopbackUrl } from "../address.ts";
import { readOptions } from "../resolve-memory.ts";
import type { Rule } from "./rule.ts";

const MEMBERS = [
  "weaviateUrl",
  "weaviateGrpcUrl",
  "weaviateApiKey",
  "weaviateVectorizer",
  "weaviateVectorizerOptions",
  "embeddingModel",
] as const;

export const weaviateHasAnAddress: Rule = ({ settings: { memory }, layers: { report } }) => {
  if (memory.backend !== "weaviate" || report.isFaulty("memory.weaviateUrl")) return;
  if (memory.weaviateUrl === undefined)
    report.mistake("memory.weaviateUrl", "is needed with MEM_BACKEND=weaviate", "http://weaviate:8080");
};

export const weaviateIsUsed: Rule = ({ settings: { memory }, layers: { report, isNamed } }) => {
  if (memory.backend === "weaviate") return;
  for (const member of MEMBERS) {
    const path = `memory.${member}`;
    if (isNamed(path)) report.warn(`${report.nameOf(path)} has no effect without MEM_BACKEND=weaviate`);
  }
};

export const grpcIsAnAddress: Rule = ({ settings: { memory }, layers: { report } }) => {
  const { weaviateGrpcUrl: url } = memory;
  if (url === undefined || report.isFaulty("memory.weaviateGrpcUrl")) return;
  if (!/^(https?:\/\/)?(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(:\d{1,5})?$/.test(url))
    report.mistake("memory.weaviateGrpcUrl", "must be a host and a port", "weaviate:50051");
};

export const vectorsComeFromOnePlace: Rule = ({ settings: { memory }, layers: { report } }) => {
  const { weaviateVectorizer, weaviateVectorizerOptions, embeddingModel } = memory;
  if (weaviateVectorizer !== undefined && embeddingModel !== undefined)
    report.mistake("memory.embeddingModel", "makes the vectors, and so does WEAVIATE_VECTORIZER: unset one");
  if (weaviateVectorizer !== undefined && !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(weaviateVectorizer))
    report.mistake("memory.weaviateVectorizer", "must be the name of a module", "text2vec-transformers");
  if (readOptions(weaviateVectorizerOptions) === undefined)
    report.mistake("memory.weaviateVectorizerOptions", "must be a JSON object", '{"model":"x"}');
};

export const weaviateKeyTravelsEncrypted: Rule = ({ settings: { memory }, layers: { report } }) => {
  const { backend, weaviateUrl = "https:", weaviateApiKey } = memory;
  if (backend !== "weaviate" || weaviateApiKey === undefined || report.isFaulty("memory.weaviateUrl")) return;
  if (/^http:/i.test(weaviateUrl) && !isLoopbackUrl(weaviateUrl))
    report.warn("WEAVIATE_API_KEY goes to Weaviate over plain http: whoever is on the way can read it");
};

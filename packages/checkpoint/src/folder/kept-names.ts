/**
 * Files beside weights and tokenizer that do not depend on the vocabulary: preprocessors of other modalities, the code of custom models, licences,
 * the layout of sentence encoders. Everything else stays behind: weights in other formats hold the old vocabulary, and measurements are of the old model.
 */
const kept =
  /^(preprocessor_config\.json|processor_config\.json|image_processor_config\.json|video_preprocessor_config\.json|(configuration|modeling)_\w+\.py|LICEN[CS]E(\.\w+)?|NOTICE(\.\w+)?|USE_POLICY\.md|modules\.json|sentence_bert_config\.json|config_sentence_transformers\.json)$/i;
/** Modules of sentence encoders that follow the transformer, such as `1_Pooling`. */
const moduleFolder = /^\d+_\w+$/;
const moduleFile = /^(config\.json|model\.safetensors)$/;

/** Tells whether a file of a model folder, `name` or `folder/name`, is true of a model with another vocabulary as it stands. */
export function isKeptFile(path: string): boolean {
  const parts = path.split('/');
  if (parts.length === 1) return kept.test(path);
  return parts.length === 2 && isModuleFolder(parts[0]) && moduleFile.test(parts[1]);
}

/** Tells whether a folder inside a model folder may hold files that are kept. */
export function isModuleFolder(name: string): boolean {
  return moduleFolder.test(name);
}

import { join } from 'node:path';
import { openMultilingualText, readSteering, STEERING_FILE, type ModelFolder, type RecordedInput } from '@lexigraft/checkpoint';
import { LexigraftError, resourcesOfModel, type Progress, type ResourceName, type Resources } from '@lexigraft/core';
import type { Device } from '../engines.ts';

/** Flag of `lexigraft transfer` that names texts by language. */
export interface LanguageTextFlags {
  /** `language=file`, one each. */
  readonly texts?: readonly string[];
}

/** A text of one language, as the user wrote it. */
export interface LanguageText {
  readonly language: string;
  readonly label: string;
}

/** Reads `--texts language=file` flags. @throws {LexigraftError} `invalid-option` for a flag without a language, and for a language given twice */
export function parseLanguageTexts(flags: readonly string[]): readonly LanguageText[] {
  const texts: LanguageText[] = [];
  for (const flag of flags) {
    const equals = flag.indexOf('=');
    const [language, label] = [flag.slice(0, Math.max(0, equals)).trim(), flag.slice(equals + 1).trim()];
    if (language === '' || label === '') {
      throw new LexigraftError(
        'invalid-option',
        `--texts must look like language=file, for example --texts de=de.txt, received \`${flag}\`.`,
        {
          option: 'texts',
          received: flag,
        },
      );
    }
    if (texts.some((other) => other.language === language))
      throw new LexigraftError('invalid-option', `--texts ${language} was given twice; a language has one file.`, {
        option: 'texts',
        language,
      });
    texts.push({ language, label });
  }
  return texts;
}

/** What steering strategies work with, open. */
export interface SteeringResources {
  readonly resources: Partial<Resources>;
  readonly recorded: readonly RecordedInput[];
  /** What the user should know, a sentence each. */
  readonly notes: readonly string[];
  /** e.g. `tfjs wasm`; absent where no model was loaded. */
  readonly device?: string;
  close(): void;
}

/** What is opened, and how. */
export interface SteeringRequest {
  readonly needs: readonly ResourceName[];
  readonly texts: readonly LanguageText[];
  readonly source: ModelFolder;
  readonly device: Device;
  /** Returns the path of a flag's value. */
  readonly locate: (flag: string, label: string) => Promise<string>;
  /** Load no model: nothing will be planned. */
  readonly rehearsal: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

/**
 * Opens texts by language, and the source as a transformer, steered where it came steered, where a strategy wants its hidden states.
 *
 * @throws {LexigraftError} `file-not-found`, `unsupported-architecture`, `missing-engine`
 */
export async function openSteeringResources(request: SteeringRequest): Promise<SteeringResources> {
  const { needs, texts, source, locate, signal } = request;
  const files = new Map<string, string>();
  const recorded: RecordedInput[] = [];
  for (const { language, label } of texts) {
    const path = await locate('--texts', label);
    files.set(language, path);
    recorded.push({ role: `text (${language})`, label, path });
  }
  const resources: Partial<Resources> = texts.length === 0 ? {} : { texts: await openMultilingualText(files) };
  const wanted = needs.filter((name) => resourcesOfModel.has(name));
  if (wanted.length === 0 || request.rehearsal) return { resources, recorded, notes: [], close: () => undefined };

  const { createHiddenStateReader, createLayerTrainer, loadTransformer } = await import('@lexigraft/models');
  const { openDevice } = await import('@lexigraft/models/node');
  const { tf, description, notes } = await openDevice(request.device);
  // A strategy measures the model as it runs: with the edits it came with.
  const steering = source.files.includes(STEERING_FILE) ? await readSteering(join(source.path, STEERING_FILE)) : undefined;
  const model = await loadTransformer(source, {
    tf,
    head: 'none',
    ...(steering && { steering }),
    signal,
    onProgress: ({ done, total }) => {
      request.onProgress({ stage: 'load', done, total });
    },
  });
  return {
    resources: {
      ...resources,
      hiddenStates: createHiddenStateReader(model),
      ...(wanted.includes('layerTrainer') && { layerTrainer: createLayerTrainer(model) }),
    },
    recorded,
    notes,
    device: description,
    close: () => {
      model.dispose();
    },
  };
}

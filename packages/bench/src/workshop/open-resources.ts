import { readFile } from 'node:fs/promises';
import { openLexicon, openModel, openMultilingualText, openParallelCorpus, openPlainText, openWordVectors } from '@lexigraft/checkpoint';
import { LexigraftError, resourcesOfModel, type ResourceName, type Resources } from '@lexigraft/core';
import type { AlignedSentence } from '../synthetic/sample-corpora.ts';
import '../synthetic/oracle.ts';
import type { LanguageSpec } from '../config/bench-config.ts';
import { parallelOptions } from '../runner/language-data.ts';
import { keep } from './keep.ts';

/** Resources of languages, opened once each. */
export interface ResourceShelf {
  /** Opens what a strategy needs, but for what is made of the model. @throws {LexigraftError} `missing-resource`, or what opening it throws */
  open(spec: LanguageSpec, needs: readonly ResourceName[]): Promise<Partial<Resources>>;
  close(): Promise<void>;
}

/** Creates a shelf; files stay open until it is closed. */
export function createResourceShelf(): ResourceShelf {
  const opened = new Map<string, Promise<unknown>>();
  const closers: (() => Promise<void>)[] = [];
  const once = <Value>(key: string, open: () => Promise<Value>): Promise<Value> => keep(opened, key, open) as Promise<Value>;
  const closing = async <Value extends { close(): Promise<void> }>(opening: Promise<Value>): Promise<Value> => {
    const value = await opening;
    closers.push(() => value.close());
    return value;
  };
  const vectors = (path: string) => once(`vectors ${path}`, () => closing(openWordVectors(path)));

  async function openOne(spec: LanguageSpec, name: ResourceName): Promise<unknown> {
    switch (name) {
      case 'helper':
        return spec.helper && once(`helper ${spec.helper}`, () => closing(openModel(spec.helper ?? '')));
      case 'vectors':
        return spec.vectors && vectors(spec.vectors);
      case 'sourceVectors':
        return spec.sourceVectors && vectors(spec.sourceVectors);
      case 'lexicon': {
        const { lexicon } = spec;
        if (lexicon === undefined) return undefined;
        const { path, order } = typeof lexicon === 'string' ? { path: lexicon, order: undefined } : lexicon;
        return once(`lexicon ${path} ${order ?? ''}`, () => openLexicon(path, order && { order }));
      }
      case 'text':
        return spec.text && once(`text ${spec.text}`, () => openPlainText(spec.text ?? ''));
      case 'texts':
        return (
          spec.texts &&
          once(`texts ${JSON.stringify(Object.entries(spec.texts))}`, () => openMultilingualText(new Map(Object.entries(spec.texts ?? {}))))
        );
      case 'parallelText':
        return spec.pairs && once(`pairs ${JSON.stringify(spec.pairs)}`, () => openParallelCorpus(parallelOptions(spec.pairs ?? '')));
      case 'goldAlignment':
        return spec.gold && { sentences: () => once(`gold ${spec.gold ?? ''}`, () => readGold(spec.gold ?? '')) };
      default:
        return undefined;
    }
  }

  return {
    async open(spec, needs) {
      const resources: Partial<Record<ResourceName, unknown>> = {};
      for (const name of needs.filter((need) => !resourcesOfModel.has(need))) {
        const resource = await openOne(spec, name);
        if (resource === undefined || resource === '')
          throw new LexigraftError('missing-resource', `The configuration gives no ${name} for this language.`, { resource: name });
        resources[name] = resource;
      }
      return resources as Partial<Resources>;
    },
    async close() {
      await Promise.all(closers.splice(0).map((close) => close()));
      opened.clear();
    },
  };
}

async function readGold(path: string): Promise<readonly AlignedSentence[]> {
  const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line !== '');
  return lines.map((line, index) => {
    try {
      return JSON.parse(line) as AlignedSentence;
    } catch (cause) {
      throw new LexigraftError('format', `${path}, line ${index + 1}: not JSON.`, { path, line: index + 1 }, cause);
    }
  });
}

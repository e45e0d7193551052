import type { EncodedCorpus } from './encoded-corpus.ts';
import { PairCounts } from './pair-counts.ts';

/** The three models a chain climbs through; each adds a factor to the one before. */
export type GibbsModel = 'ibm1' | 'hmm' | 'fertility';

/** Dirichlet parameters of the priors. */
export interface GibbsPriors {
  /** @default 0.001 */
  readonly lexical: number;
  /** @default 0.001 */
  readonly nullLexical: number;
  /** @default 0.5 */
  readonly jump: number;
  /** @default 0.5 */
  readonly fertility: number;
  /** Prior probability of NULL. @default 0.2 */
  readonly nullProbability: number;
}

/** The values of eflomal. */
export const gibbsPriors: GibbsPriors = { lexical: 0.001, nullLexical: 0.001, jump: 0.5, fertility: 0.5, nullProbability: 0.2 };

const jumpBins = 2048;
const jumpCentre = jumpBins / 2;
/** The last bin stands for as many links and more. */
const fertilityBins = 8;

/**
 * One chain of collapsed Gibbs sampling over the links of a corpus, target words generated from source words.
 *
 * The conditional of a link is the product of a lexical factor (α + n(e, f))/(α·V + n(e)), with `hmm` of the jumps from the link before and to the
 * link after, and with `fertility` of P(φ + 1 | e)/P(φ | e); all counts leave the word itself out.
 *
 * @reference Östling & Tiedemann 2016 (efmaral/eflomal), from the paper; independent code
 */
export class GibbsSampler {
  /** `[target tokens]` source position, −1 for NULL */
  readonly links: Int32Array;
  private readonly corpus: EncodedCorpus;
  private readonly uniform: () => number;
  private readonly priors: GibbsPriors;
  private readonly pairs: PairCounts;
  private readonly sourceTotals: Uint32Array;
  private readonly nullCounts: Uint32Array;
  private nullTotal = 0;
  private readonly jumps = new Uint32Array(jumpBins);
  private jumpTotal = 0;
  private readonly fertilities: Uint32Array;
  /** Links of each source word of the sentence at hand; all of them, for what is counted up must be counted down. */
  private fertility = new Uint16Array(0);
  private weights = new Float64Array(0);

  constructor(corpus: EncodedCorpus, uniform: () => number, priors: GibbsPriors = gibbsPriors) {
    this.corpus = corpus;
    this.uniform = uniform;
    this.priors = priors;
    const { source, target } = corpus;
    this.links = new Int32Array(target.ids.length);
    this.pairs = new PairCounts();
    this.sourceTotals = new Uint32Array(source.types);
    this.nullCounts = new Uint32Array(target.types);
    this.fertilities = new Uint32Array(source.types * fertilityBins);
    for (let sentence = 0; sentence < corpus.sentences; sentence++) {
      const [first, n] = [source.offsets[sentence], source.offsets[sentence + 1] - source.offsets[sentence]];
      for (let token = target.offsets[sentence]; token < target.offsets[sentence + 1]; token++) {
        const link = uniform() < priors.nullProbability ? -1 : Math.floor(uniform() * n);
        this.links[token] = link;
        this.count(first, target.ids[token], link, 1);
      }
    }
  }

  /**
   * Samples every link of one sentence anew.
   *
   * @param marginals when given, the conditionals are added to it, `[m, n + 1]`, column 0 for NULL
   */
  sampleSentence(sentence: number, model: GibbsModel, marginals?: Float32Array): void {
    const { source, target } = this.corpus;
    const [firstSource, firstTarget] = [source.offsets[sentence], target.offsets[sentence]];
    const [n, m] = [source.offsets[sentence + 1] - firstSource, target.offsets[sentence + 1] - firstTarget];
    if (this.weights.length < n + 1) this.weights = new Float64Array(2 * n + 2);
    if (model === 'fertility') this.countFertilities(n, firstTarget, m);
    const { links, weights, priors } = this;
    let before = -1;
    for (let i = 0; i < m; i++) {
      const token = firstTarget + i;
      const word = target.ids[token];
      const old = links[token];
      let after = n;
      if (model !== 'ibm1') {
        for (let next = i + 1; next < m; next++) {
          if (links[firstTarget + next] < 0) continue;
          after = links[firstTarget + next];
          break;
        }
        this.countJumps(before, old, after, -1);
      }
      this.count(firstSource, word, old, -1);
      if (model === 'fertility' && old >= 0) this.changeFertility(source.ids[firstSource + old], old, -1);
      const jumpMass = this.jumpTotal + priors.jump * jumpBins;
      const nullLexical = (priors.nullLexical + this.nullCounts[word]) / (priors.nullLexical * target.types + this.nullTotal);
      weights[0] = priors.nullProbability * nullLexical * (model === 'ibm1' ? 1 / n : this.jump(before, after) / jumpMass);
      const total =
        weights[0] +
        (model === 'ibm1'
          ? this.weighLexically(firstSource, n, word)
          : this.weighInOrder(firstSource, n, word, before, after, jumpMass, model === 'fertility'));
      let left = this.uniform() * total;
      let chosen = 0;
      while (chosen < n && (left -= weights[chosen]) > 0) chosen++;
      if (marginals !== undefined) addScaled(marginals, i * (n + 1), weights, n + 1, 1 / total);
      const link = chosen - 1;
      links[token] = link;
      this.count(firstSource, word, link, 1);
      if (model !== 'ibm1') this.countJumps(before, link, after, 1);
      if (model === 'fertility' && link >= 0) this.changeFertility(source.ids[firstSource + link], link, 1);
      if (link >= 0) before = link;
    }
  }

  /** Writes the conditionals of links to source positions by lexicon alone; returns their sum. */
  private weighLexically(firstSource: number, n: number, word: number): number {
    const { weights, pairs, sourceTotals, priors } = this;
    const { ids } = this.corpus.source;
    const targetMass = priors.lexical * this.corpus.target.types;
    const scale = (1 - priors.nullProbability) / n;
    let total = 0;
    for (let j = 0; j < n; j++) {
      const type = ids[firstSource + j];
      total += weights[j + 1] = (scale * (priors.lexical + pairs.get(type, word))) / (targetMass + sourceTotals[type]);
    }
    return total;
  }

  /** The same with jumps and, if asked for, fertilities; one division a cell, for this loop is where the time goes. */
  private weighInOrder(
    firstSource: number,
    n: number,
    word: number,
    before: number,
    after: number,
    jumpMass: number,
    useFertility: boolean,
  ): number {
    const { weights, pairs, sourceTotals, jumps, fertilities, fertility, priors } = this;
    const { ids } = this.corpus.source;
    const targetMass = priors.lexical * this.corpus.target.types;
    const scale = (1 - priors.nullProbability) / (jumpMass * jumpMass);
    // Bins of the jumps from the link before and to the one after, all in range in sentences of less than half the bins.
    const [near, first, last] = [n < jumpCentre, jumpCentre - before, jumpCentre + after];
    let total = 0;
    for (let j = 0; j < n; j++) {
      const type = ids[firstSource + j];
      const [to, from] = near ? [first + j, last - j] : [this.bin(before, j), this.bin(j, after)];
      let factor = (priors.lexical + pairs.get(type, word)) * (jumps[to] + priors.jump) * (jumps[from] + priors.jump);
      let divisor = targetMass + sourceTotals[type];
      if (useFertility) {
        // P(φ + 1 | e)/P(φ | e), the source word's own count left out; one within the last bin
        const [row, now] = [type * fertilityBins, fertility[j]];
        if (now < fertilityBins - 1) {
          factor *= fertilities[row + now + 1] + priors.fertility;
          divisor *= fertilities[row + now] - 1 + priors.fertility;
        }
      }
      total += weights[j + 1] = (scale * factor) / divisor;
    }
    return total;
  }

  /** Counts jumps and fertilities of the present links; call before the first sweep of a model that uses them. */
  enter(model: GibbsModel): void {
    const { source, target, sentences } = this.corpus;
    this.jumps.fill(0);
    this.fertilities.fill(0);
    this.jumpTotal = 0;
    if (model === 'ibm1') return;
    for (let sentence = 0; sentence < sentences; sentence++) {
      const [firstSource, firstTarget] = [source.offsets[sentence], target.offsets[sentence]];
      const [n, m] = [source.offsets[sentence + 1] - firstSource, target.offsets[sentence + 1] - firstTarget];
      let before = -1;
      for (let i = 0; i < m; i++) {
        const link = this.links[firstTarget + i];
        if (link < 0) continue;
        this.addJump(before, link, 1);
        before = link;
      }
      this.addJump(before, n, 1);
      this.countFertilities(n, firstTarget, m);
      for (let j = 0; j < n; j++) this.fertilities[source.ids[firstSource + j] * fertilityBins + fertilityBin(this.fertility[j])]++;
    }
  }

  private count(firstSource: number, word: number, link: number, change: 1 | -1): void {
    if (link < 0) {
      this.nullCounts[word] += change;
      this.nullTotal += change;
      return;
    }
    const type = this.corpus.source.ids[firstSource + link];
    this.pairs.add(type, word, change);
    this.sourceTotals[type] += change;
  }

  private bin(from: number, to: number): number {
    return Math.max(0, Math.min(jumpBins - 1, to - from + jumpCentre));
  }

  private jump(from: number, to: number): number {
    return this.jumps[this.bin(from, to)] + this.priors.jump;
  }

  private addJump(from: number, to: number, change: 1 | -1): void {
    this.jumps[this.bin(from, to)] += change;
    this.jumpTotal += change;
  }

  /** A link between two others makes two jumps of one; NULL leaves the one. */
  private countJumps(before: number, link: number, after: number, change: 1 | -1): void {
    if (link < 0) this.addJump(before, after, change);
    else {
      this.addJump(before, link, change);
      this.addJump(link, after, change);
    }
  }

  private countFertilities(n: number, firstTarget: number, m: number): void {
    if (this.fertility.length < n) this.fertility = new Uint16Array(2 * n);
    this.fertility.fill(0, 0, n);
    for (let i = 0; i < m; i++) {
      const link = this.links[firstTarget + i];
      if (link >= 0) this.fertility[link]++;
    }
  }

  private changeFertility(type: number, position: number, change: 1 | -1): void {
    const row = type * fertilityBins;
    this.fertilities[row + fertilityBin(this.fertility[position])]--;
    this.fertility[position] += change;
    this.fertilities[row + fertilityBin(this.fertility[position])]++;
  }
}

function fertilityBin(links: number): number {
  return Math.min(links, fertilityBins - 1);
}

function addScaled(sums: Float32Array, start: number, values: Float64Array, count: number, scale: number): void {
  for (let j = 0; j < count; j++) sums[start + j] += values[j] * scale;
}

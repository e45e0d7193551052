import { join } from 'node:path';
import { writeWhole } from '../runner/results-folder.ts';
import { lmEvalFiles } from './lm-eval-json.ts';
import { benchPage } from './page.ts';
import type { BenchReport } from './report.ts';
import { toLatex, toMarkdown } from './tables.ts';

/** Paths of what {@link writeReports} wrote. */
export interface ReportFiles {
  readonly json: string;
  readonly markdown: string;
  readonly latex: string;
  readonly page: string;
  /** In the shape of lm-evaluation-harness, a file for each model, strategy and seed. */
  readonly lmEval: readonly string[];
}

/** Writes a report into `folder` in every form there is: `report.json`, `.md`, `.tex`, `.html`, and `lm-eval/`. */
export async function writeReports(report: BenchReport, folder: string): Promise<ReportFiles> {
  const files = {
    json: join(folder, 'report.json'),
    markdown: join(folder, 'report.md'),
    latex: join(folder, 'report.tex'),
    page: join(folder, 'report.html'),
  };
  await writeWhole(files.json, report);
  await writeWhole(files.markdown, toMarkdown(report));
  await writeWhole(files.latex, toLatex(report));
  await writeWhole(files.page, benchPage(report));
  const lmEval: string[] = [];
  for (const { path, content } of lmEvalFiles(report)) {
    lmEval.push(join(folder, path));
    await writeWhole(join(folder, path), content);
  }
  return { ...files, lmEval };
}

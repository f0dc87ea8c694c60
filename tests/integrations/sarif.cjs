// Reads what the multitool says of each log, holds the log against the JSON Schema, and its places against the files.
'use strict';
const fs = require('fs');
const path = require('path');
const Ajv = require('ajv/dist/2020');
const formats = require('ajv-formats');

// What the multitool notes, and why it stays: see docs/decisions/formats.md.
const EXPLAINED = new Set(['SARIF2003', 'SARIF2010', 'SARIF2011', 'SARIF2012', 'SARIF2015']);

const work = process.argv[2];
const problems = [];
const read = (file) => JSON.parse(fs.readFileSync(file, 'utf8').replace(/^\uFEFF/, ''));
const problem = (name, text) => problems.push(`${name}: ${text}`);

function schema() {
  const scope = path.join(work, 'tools/node_modules/@microsoft');
  for (const folder of fs.readdirSync(scope)) {
    const file = path.join(scope, folder, 'sarif-2.1.0.json');
    if (fs.existsSync(file)) return read(file);
  }
  throw new Error('the multitool ships no schema');
}

const ajv = new Ajv({ allErrors: true, strict: false });
formats(ajv);
const validate = ajv.compile(schema());

// Adds what the multitool finds to the problems; returns how many logs it looked at, and how many notes stay.
function judge() {
  const verdict = read(path.join(work, 'verdict.json')).runs[0];
  const { executionSuccessful, toolExecutionNotifications = [] } = verdict.invocations[0];
  if (!executionSuccessful) problem('multitool', JSON.stringify(toolExecutionNotifications));
  const rules = new Map((verdict.tool.driver.rules || []).map((rule) => [rule.id, rule]));
  let notes = 0;
  const seen = new Set();
  for (const result of verdict.results || []) {
    const { index, uri } = result.locations[0].physicalLocation.artifactLocation;
    const name = path.basename(uri || verdict.artifacts[index].location.uri, '.sarif');
    seen.add(name);
    const level = result.level || 'warning';
    if (level === 'note' && EXPLAINED.has(result.ruleId)) {
      notes += 1;
      continue;
    }
    const { id, text, arguments: values = [] } = result.message;
    const words = text || rules.get(result.ruleId).messageStrings[id].text;
    problem(name, `${level} ${result.ruleId}: ${words.replace(/\{(\d+)\}/g, (_, index) => values[index])}`);
  }
  return { seen, notes };
}

// The bytes of a region, by its lines and columns: lines end with \n, columns are UTF-16 code units.
function byColumns(text, region) {
  const bom = text.startsWith('\uFEFF') ? 1 : 0;
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  const offset = (line, column) => starts[line - 1] + column - 1 + (line === 1 ? bom : 0);
  return text.slice(offset(region.startLine, region.startColumn), offset(region.endLine, region.endColumn));
}

function places(name, repository, value) {
  if (Array.isArray(value)) return value.forEach((one) => places(name, repository, one));
  if (value === null || typeof value !== 'object') return undefined;
  if (value.artifactLocation && value.region) {
    const file = path.join(repository, decodeURIComponent(value.artifactLocation.uri));
    // A name that is no UTF-8 cannot be written in a URI.
    if (fs.existsSync(file)) {
      const bytes = fs.readFileSync(file);
      const { byteOffset, byteLength } = value.region;
      const expected = bytes.subarray(byteOffset, byteOffset + byteLength).toString('utf8').replace(/^\uFEFF/, '');
      const actual = byColumns(bytes.toString('utf8'), value.region);
      // What cannot be read as text is only named.
      const isText = Buffer.from(bytes.toString('utf8'), 'utf8').equals(bytes);
      if (isText && expected !== actual) problem(name, `${file}: ${JSON.stringify([expected, actual])}`);
      checked += 1;
    } else if (!file.includes('\uFFFD')) {
      problem(name, `there is no ${file}`);
    }
  }
  return Object.values(value).forEach((one) => places(name, repository, one));
}

let checked = 0;
const list = fs.readFileSync(path.join(work, 'logs/list'), 'utf8').trim().split('\n').map((line) => line.split('\t'));
const { seen, notes } = judge();
for (const [name, repository] of list) {
  // Each log has something to note.
  if (!seen.has(name)) problem(name, 'the multitool has not looked at it');
  const log = read(path.join(work, 'logs', `${name}.sarif`));
  if (!validate(log)) {
    for (const error of validate.errors.slice(0, 10)) problem(name, `schema: ${error.instancePath} ${error.message}`);
  }
  const { results, tool } = log.runs[0];
  places(name, repository, results);
  const prints = new Set(results.map((result) => result.partialFingerprints['vastlint/v1']));
  if (prints.size !== results.length) problem(name, 'two results share a fingerprint');
  for (const result of results) {
    if (tool.driver.rules[result.ruleIndex].id !== result.ruleId) problem(name, `${result.ruleId} has another's index`);
  }
  console.log(`${name}: ${results.length} results`);
  if (name === 'hostile-2026-02') {
    const kinds = new Set(results.flatMap((result) => result.suppressions || []).map((one) => one.kind));
    if (!kinds.has('inSource') || !kinds.has('external')) problem(name, 'suppressions are missing');
    if (!(log.runs[0].invocations[0].toolExecutionNotifications || []).length) problem(name, 'no notification');
  }
  if (name.startsWith('broken') && results.length === 0) problem(name, 'nothing was found');
}
if (checked === 0) problem('all', 'no place was compared with its file');
if (problems.length) {
  console.error(problems.join('\n'));
  process.exit(1);
}
console.log(`${list.length} logs are valid, ${checked} places are right; ${notes} notes of the multitool are explained`);

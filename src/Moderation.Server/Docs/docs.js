// Shows /openapi/v1.json as a list of operations; text only, nothing of it is ever read as markup.
const list = document.getElementById('operations');
const find = document.getElementById('find');

/** @param {string} tag @param {string} [text] @param {Node[]} [children] */
function element(tag, text, children = []) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  made.append(...children);
  return made;
}

function schemaOf(document_, schema, depth = 0) {
  if (!schema || depth > 4) return '…';
  if (schema.$ref) return schemaOf(document_, document_.components?.schemas?.[schema.$ref.split('/').pop()], depth + 1);
  const type = [schema.type].flat().filter((t) => t && t !== 'null')[0];
  if (type === 'array') return [schemaOf(document_, schema.items, depth + 1)];
  if (schema.properties) {
    return Object.fromEntries(Object.entries(schema.properties).map(([name, inner]) => [name, schemaOf(document_, inner, depth + 1)]));
  }
  return schema.enum ? schema.enum.join(' | ') : `${type ?? 'any'}${schema.format ? ` (${schema.format})` : ''}`;
}

function bodyOf(document_, title, content) {
  return Object.entries(content ?? {}).flatMap(([type, media]) => [
    element('h4', `${title}: ${type}`),
    element('pre', JSON.stringify(media.example ?? schemaOf(document_, media.schema), null, 2)),
  ]);
}

function show(document_, path, method, operation) {
  const summary = element('summary', undefined, [
    Object.assign(element('span', method.toUpperCase()), { className: 'method' }), element('code', path), element('span', ` ${operation.summary ?? ''}`),
  ]);
  const responses = Object.entries(operation.responses ?? {}).map(([status, answer]) => element('tr', undefined, [
    element('td', status), element('td', answer.description ?? ''),
  ]));
  const good = Object.entries(operation.responses ?? {}).find(([status]) => status.startsWith('2'));
  return element('details', undefined, [
    summary, element('p', operation.description ?? ''),
    ...(operation.parameters ?? []).map((p) => element('p', `${p.in}: ${p.name}${p.required ? ' (required)' : ''}`)),
    ...bodyOf(document_, 'Request', operation.requestBody?.content),
    ...(good ? bodyOf(document_, `Answer ${good[0]}`, good[1].content) : []),
    element('table', undefined, responses),
  ]);
}

const answer = await fetch('/openapi/v1.json');
const description = await answer.json();
const rows = Object.entries(description.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => show(description, path, method, operation)));
list.replaceChildren(...rows);
find.addEventListener('input', () => {
  const words = find.value.toLowerCase();
  for (const row of rows) row.hidden = !row.textContent.toLowerCase().includes(words);
});

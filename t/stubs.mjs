// Runs each service's stub, then the calls of t/data/stub-calls.json, in a window of its own. What fails, and what is left in a queue
// that the real service would send later, goes to the standard output as JSON: {"SERVICE": ["what is wrong", ...]}.

import { readFileSync } from 'node:fs';
import vm from 'node:vm';

const calls = JSON.parse(readFileSync('t/data/stub-calls.json', 'utf8'));
const found = {};

const read = id => JSON.parse(readFileSync(`assets/catalogue/${id}.json`, 'utf8'));

for (const id of Object.keys(calls)) {
    const service = read(id);
    const wrong = found[id] = [];
    const rejected = [];
    const window = vm.createContext({ console, setTimeout, Promise, document: { createElement: () => ({}) } });

    vm.runInContext('var window = this; var globalThis_ = this;', window);

    if (!service.stub) {
        wrong.push('there is no stub');
        continue;
    }

    const before = new Set(vm.runInContext('Object.keys(this)', window));

    // Once more, as on a page with two of the service's tags.
    for (const turn of [1, 2]) {
        try {
            vm.runInContext(service.stub, window);
        } catch (error) {
            wrong.push(`the stub itself, turn ${turn}: ${error}`);
        }
    }

    process.on('unhandledRejection', error => rejected.push(error));

    for (const call of calls[id]) {
        try {
            vm.runInContext(call, window);
        } catch (error) {
            wrong.push(`${call}: ${error}`);
        }
    }

    await new Promise(resolve => setTimeout(resolve, 0));
    process.removeAllListeners('unhandledRejection');
    wrong.push(...rejected.map(error => `a promise: ${error}`));

    for (const name of vm.runInContext('Object.keys(this)', window)) {
        if (before.has(name)) {
            continue;
        }

        const value = vm.runInContext(`this[${JSON.stringify(name)}]`, window);

        for (const [path, queue] of [[name, value], [`${name}.q`, value?.q], [`${name}.queue`, value?.queue], [`${name}.cmd`, value?.cmd]]) {
            if (Object.prototype.toString.call(queue) === '[object Array]' && queue.length > 0) {
                wrong.push(`${path} keeps ${JSON.stringify(queue)}, which would be sent later`);
            }
        }
    }
}

console.log(JSON.stringify(found));

// What a site's own code goes through while the services that it calls are absent.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { story, site, received, leaked } from './lib/story.mjs';

const services = Object.keys(JSON.parse(readFileSync('t/data/stub-calls.json', 'utf8'))).sort();

// Everything that looks like a queue in what the page made global, and is not empty.
const kept = () => Object.keys(window).filter((name) => !before.includes(name) && !['before', 'called'].includes(name)).flatMap((name) => {
    const value = window[name];

    return [['', value], ['.q', value?.q], ['.queue', value?.queue], ['.cmd', value?.cmd], ['.l', value?.l]]
        .filter(([, queue]) => Array.isArray(queue) && queue.length > 0)
        .map(([part]) => name + part);
});

function listen(page) {
    const errors = [];

    page.on('pageerror', (error) => errors.push(String(error)));

    return errors;
}

story('a page that calls absent services throws nothing, and keeps nothing to be sent later', async ({ page, context }) => {
    const errors = listen(page);

    await page.goto(site('ville'));
    await page.waitForTimeout(500);

    assert.deepEqual(errors, [], 'nothing was thrown, and no promise rejected');
    assert.deepEqual(await page.evaluate(() => [...new Set(called)]), services, 'every call was made');
    assert.deepEqual(await page.evaluate(() => [...new Set([...document.querySelectorAll('script[data-ngxc]')]
        .flatMap((script) => script.dataset.ngxc.split(' ')))].sort()), services, 'in the absence of every service');
    assert.deepEqual(await page.evaluate(kept), [], 'no queue holds anything');
    assert.deepEqual(await page.evaluate(() => [...Object.keys(localStorage), ...Object.keys(sessionStorage)]), [], 'nor any storage');
    assert.deepEqual((await context.cookies()).map((cookie) => cookie.name), [], 'nor a cookie');
    assert.deepEqual(leaked(), [], 'and nobody was contacted');
});

story('after acceptance the services come, and nothing of what was called before', async ({ page }) => {
    await page.goto(site('ville'));
    await page.evaluate(() => { window.marked = true; });
    await Promise.all([page.waitForEvent('load'), page.locator('#ngxc-banner button[value="accept-all"]').click({ force: true })]);

    assert.equal(await page.evaluate(() => window.marked), undefined, 'the page is a new one: none of its queues is the old one');

    const asked = received().filter((line) => line.who !== 'site');

    assert.equal(await page.locator('script[data-ngxc]').count(), 0, 'no script is held back any more');
    assert.ok(asked.length > 0, 'they are asked for');
    assert.deepEqual(asked.filter((line) => line.method !== 'GET'), [], 'and told nothing');
});

// Over HTTP/3 a page is read, a choice is taken and an address is masked as over any other.

import assert from 'node:assert/strict';
import { story, site, received, leaked, until } from './lib/story.mjs';

const browser = 'chromium-http3';
const third = (page) => page.evaluate(() => document.documentElement.dataset.third ?? null);

story('a page is asked for over HTTP/3, and asks nobody', { browser }, async ({ page, context }) => {
    await page.goto(site('ville', '/page'));

    assert.equal(await page.evaluate(() => performance.getEntriesByType('navigation')[0].nextHopProtocol), 'h3');
    assert.equal(await page.locator('#ngxc-banner').count(), 1);
    assert.equal(await page.locator('h1').evaluate((h) => getComputedStyle(h).color), 'rgb(1, 2, 3)', 'it came whole, with its style sheet');
    assert.deepEqual(await context.cookies(), [], 'no cookie was stored');
    assert.deepEqual(leaked(), [], 'nor asked for by what came before it');
    assert.deepEqual([...new Set(received('site').map((line) => line.protocol))], ['HTTP/3.0']);
});

story('a choice is taken', { browser }, async ({ page, context }) => {
    await page.goto(site('ville', '/page'));
    await page.evaluate(() => document.getElementById('ngxc-banner').shadowRoot.querySelector('[value="accept-all"]').click());
    await until(async () => await third(page).catch(() => null) === 'ran', 'YouTube came');
    assert.deepEqual((await context.cookies()).map((cookie) => cookie.name).filter((name) => /choices/.test(name)), ['__Host-choices']);
    assert.equal(await page.locator('#ngxc-banner').count(), 0);
});

story('several pages side by side are each whole', { browser }, async ({ page }) => {
    await page.goto(site('ville', '/page'));

    const bodies = await page.evaluate(() => Promise.all([1, 2, 3, 4].map((n) => fetch(`/page?${n}`).then((r) => r.text()))));
    assert.deepEqual(bodies.map((body) => /<h1>End/.test(body) && !/src="https:\/\/www\.youtube/.test(body.replace(/data-ngxc-tag="[^"]*"/g, ''))),
        [true, true, true, true]);
});

story('an address is masked where it is to be, and there only', { browser }, async ({ page }) => {
    await page.goto(site('ville', '/page'));

    const ask = (path) => page.evaluate((p) => fetch(p).then((r) => r.text()), path);
    assert.equal(await ask('/masked/address'), '127.0.0.0');
    assert.equal(await ask('/address'), '127.0.0.1');
});

// The day the gateway is switched on: a style sheet that a browser has from before is not confirmed.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { story, site, received, leaked, until } from './lib/story.mjs';

const { prefix } = JSON.parse(process.env.NGXC_SITES);

story('a style sheet from before the gateway is not confirmed', async ({ page, context }) => {
    await page.goto(site('ville', '/page', 'http'));
    await until(() => leaked().some((line) => line.host === 'fonts.gstatic.com'), 'Google was asked, as long as nobody stood before the site');

    writeFileSync(`${prefix}consent.conf`, 'consent on;\n');
    process.kill(Number(readFileSync(`${prefix}nginx.pid`, 'utf8')), 'SIGHUP');

    const other = await context.newPage();
    await until(async () => {
        await other.goto(site('ville', `/quirks?${Math.random()}`, 'http'));
        return await other.locator('#ngxc-banner').count() === 1;
    });

    const before = leaked().length;
    await page.reload();
    await page.waitForTimeout(400);

    assert.equal(await page.locator('h1').evaluate((e) => getComputedStyle(e).color), 'rgb(1, 2, 3)');
    assert.deepEqual(leaked().slice(before), []);
    assert.equal(received('site').filter((line) => line.uri === '/theme/style.css').at(-1).status, '200');
});

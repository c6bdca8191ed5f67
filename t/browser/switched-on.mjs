// The day the gateway is switched on: what browsers have from before is not confirmed. A page that was sent to be fresh for an hour is
// the browser's until it asks; then it is the gateway's.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { story, site, received, leaked, until } from './lib/story.mjs';

const { prefix } = JSON.parse(process.env.NGXC_SITES);

story('a page from before the gateway is not confirmed', async ({ page, context }) => {
    await page.goto(site('ville', '/page', 'http'));
    await page.waitForTimeout(300);
    assert.ok(leaked().length > 0, 'YouTube was asked, as long as nobody stood before the site');

    writeFileSync(`${prefix}consent.conf`, 'consent on;\n');
    process.kill(Number(readFileSync(`${prefix}nginx.pid`, 'utf8')), 'SIGHUP');

    const other = await context.newPage();
    await until(async () => { await other.goto(site('ville', `/other?${Math.random()}`, 'http')); return await other.locator('#ngxc-banner').count() === 1; });

    const before = leaked().length;
    await page.reload();
    await page.waitForTimeout(300);

    assert.equal(await page.locator('#ngxc-banner').count(), 1);
    assert.deepEqual(leaked().slice(before), []);
    assert.equal(received('site').filter((line) => /^\/page/.test(line.uri)).at(-1).status, '200');
});

// After every change of choice the next page is right, whatever the browser has kept: reloaded, visited again, or behind "back".

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync, copyFileSync } from 'node:fs';
import { story, site, received, leaked, until } from './lib/story.mjs';

const { prefix } = JSON.parse(process.env.NGXC_SITES);
// Over plain http: of a host whose certificate it does not believe Chromium keeps nothing.
const host = () => site('ville', '', 'http');
const banner = (page) => page.locator('#ngxc-banner').count();
const ran = (page) => page.evaluate(() => document.documentElement.dataset.third ?? null);

// Chosen on the settings page, as without JavaScript.
async function choose(page, answer) {
    await page.goto(`${host()}/_choices/`);
    await page.locator(`input[name="service.youtube"][value="${answer}"]`).check({ force: true });
    await page.locator('input[name="service.vimeo"][value="refuse"]').check({ force: true });
    await page.locator('button[name="decision"][value="save"]').click();
    await page.waitForLoadState('load');
}

const settle = (page) => page.waitForTimeout(400);

for (const javaScriptEnabled of [true, false]) {
    const how = `JavaScript ${javaScriptEnabled ? 'on' : 'off'}`;

    story(`${how}: a page visited again after a choice is the page of that choice`, { javaScriptEnabled }, async ({ page }) => {
        for (const answer of ['refuse', 'accept', 'refuse', 'accept']) {
            await choose(page, answer);
            const before = leaked().length;
            await page.goto(`${host()}/page`);
            await settle(page);
            assert.equal(await banner(page), 0, 'without the banner');
            assert.equal(leaked().length > before, answer === 'accept' && javaScriptEnabled, `${answer}: YouTube`);

            const again = leaked().length;
            await page.goto(`${host()}/other`);
            await page.goto(`${host()}/page`);
            await settle(page);
            assert.equal(leaked().length > again && answer === 'refuse', false, 'and once more');
        }
    });

    story(`${how}: "back" after a withdrawal asks nobody`, { javaScriptEnabled }, async ({ page }) => {
        await choose(page, 'accept');
        await page.goto(`${host()}/page`);
        await settle(page);
        assert.equal(leaked().length > 0, javaScriptEnabled);

        await choose(page, 'refuse');

        const before = leaked().length;
        await page.goBack();
        await page.goBack();
        await settle(page);
        assert.equal(new URL(page.url()).pathname, '/page');
        assert.deepEqual(leaked().slice(before), [], 'nobody was contacted');
    });

    story(`${how}: "back" after a choice does not ask again`, { javaScriptEnabled }, async ({ page }) => {
        await page.goto(`${host()}/page`);
        assert.equal(await banner(page), 1);
        await choose(page, 'refuse');
        await page.goBack();
        await page.goBack();
        await settle(page);
        assert.equal(new URL(page.url()).pathname, '/page');
        await until(async () => await banner(page) === 0, 'the banner was gone');
        assert.deepEqual(leaked(), []);
    });
}

story('a page that has not changed is confirmed, and sent anew when the choice has', async ({ page }) => {
    await choose(page, 'refuse');
    await page.goto(`${host()}/page`);
    await page.goto(`${host()}/page`);

    const visits = () => received('site').filter((line) => line.uri === '/page.html' || line.uri === '/page');
    assert.equal(visits().at(-1).status, '304');

    await choose(page, 'accept');
    await page.goto(`${host()}/page`);
    assert.equal(visits().at(-1).status, '200');
    await settle(page);
    assert.equal(await ran(page), 'ran');
});

story('another policy is another page', async ({ page }) => {
    await choose(page, 'refuse');
    await page.goto(`${host()}/page`);
    assert.equal(await banner(page), 0);

    copyFileSync(`${prefix}next.json`, `${prefix}policy.json`);
    process.kill(Number(readFileSync(`${prefix}nginx.pid`, 'utf8')), 'SIGHUP');
    await until(async () => { await page.goto(`${host()}/page`); return await banner(page) === 1; }, 'what is new was asked about');
    assert.deepEqual(leaked(), []);
});

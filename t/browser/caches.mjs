// After every change of choice the next page is right, whatever the browser has kept: reloaded, visited again, or behind "back".

import assert from 'node:assert/strict';
import { readFileSync, copyFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { story, site, received, leaked, until } from './lib/story.mjs';

const { prefix } = JSON.parse(process.env.NGXC_SITES);
// Over plain http: of a host whose certificate it does not believe Chromium keeps nothing.
const host = () => site('ville', '', 'http');
const banner = (page) => page.evaluate(() => document.querySelectorAll('#ngxc-banner').length);
const ran = (page) => page.evaluate(() => document.documentElement.dataset.third ?? null);

// Chosen on the settings page, as without JavaScript.
async function choose(page, answer) {
    await page.goto(`${host()}/_choices/`);
    await page.evaluate((a) => {
        document.querySelector(`input[name="service.youtube"][value="${a}"]`).checked = true;
        document.querySelector('input[name="service.vimeo"][value="refuse"]').checked = true;
        document.querySelector('button[name="decision"][value="save"]').click();
    }, answer);
    await until(() => /saved=/.test(page.url()), 'the choice was saved');
}

const settle = () => sleep(400);

// Only what Playwright's pages and puppeteer's have in common.
for (const options of [{ javaScriptEnabled: true }, { javaScriptEnabled: false }, { browser: 'firefox' }]) {
    const how = options.browser ?? `JavaScript ${options.javaScriptEnabled ? 'on' : 'off'}`;
    const runs = options.javaScriptEnabled !== false;

    story(`${how}: a page visited again after a choice is the page of that choice`, options, async ({ page }) => {
        for (const answer of ['refuse', 'accept', 'refuse', 'accept']) {
            await choose(page, answer);
            const before = leaked().length;
            await page.goto(`${host()}/page`);
            await settle();
            assert.equal(await banner(page), 0, 'without the banner');
            assert.equal(leaked().length > before, answer === 'accept' && runs, `${answer}: YouTube`);

            const again = leaked().length;
            await page.goto(`${host()}/other`);
            await page.goto(`${host()}/page`);
            await settle();
            assert.equal(leaked().length > again && answer === 'refuse', false, 'and once more');
        }
    });

    story(`${how}: "back" after a withdrawal asks nobody`, options, async ({ page }) => {
        await choose(page, 'accept');
        await page.goto(`${host()}/page`);
        await settle();
        assert.equal(leaked().length > 0, runs);

        await choose(page, 'refuse');

        const before = leaked().length;
        await page.goBack();
        await page.goBack();
        await settle();
        assert.equal(new URL(page.url()).pathname, '/page');
        assert.deepEqual(leaked().slice(before), [], 'nobody was contacted');
    });

    story(`${how}: "back" after a choice does not ask again`, options, async ({ page }) => {
        await page.goto(`${host()}/page`);
        assert.equal(await banner(page), 1);
        await choose(page, 'refuse');
        await page.goBack();
        await page.goBack();
        await settle();
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
    await settle();
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

// A page kept whole, scripts and all, comes back as it was left. Ours asks for the present choice then; without it nobody does, and the
// page stays what it was until it is loaded again.

async function keep(page, path) {
    await page.goto(`${host()}${path}`);
    await page.evaluate(() => { addEventListener('pageshow', (event) => { window.kept = event.persisted; }); window.same = true; });
}

// Playwright sees no navigation in it.
async function back(page, steps) {
    await page.evaluate((n) => history.go(-n), steps);
    await until(() => page.evaluate(() => location.pathname === '/page').catch(() => false), 'the page was back');
}

const choices = (page, answer) => page.evaluate((a) => fetch('/_choices/', {
    method: 'POST', headers: { Accept: 'application/json' }, body: new URLSearchParams({ decision: a }),
}).then((r) => r.status), answer);

story('a page kept whole takes a refusal', { browser: 'chromium-back' }, async ({ page }) => {
    await keep(page, '/page');
    assert.equal(await banner(page), 1);
    await page.goto(`${host()}/other`);
    assert.equal(await choices(page, 'refuse-all'), 200);
    await back(page, 1);

    assert.equal(await page.evaluate(() => window.kept), true, 'it had been kept');
    await until(async () => await banner(page) === 0, 'the banner was gone');
    assert.equal(await page.evaluate(() => window.same), true, 'without being loaded again');
    assert.deepEqual(leaked(), []);
});

story('a page kept whole is loaded again when what it loaded was withdrawn, or what it lacks accepted', { browser: 'chromium-back' }, async ({ page }) => {
    for (const [first, then] of [['accept-all', 'refuse-all'], ['refuse-all', 'accept-all']]) {
        await page.goto(`${host()}/other`);
        assert.equal(await choices(page, first), 200);
        await keep(page, '/page');
        assert.equal(await ran(page), first === 'accept-all' ? 'ran' : null);
        await page.goto(`${host()}/other`);
        assert.equal(await choices(page, then), 200);

        const before = leaked().length;

        await back(page, 1);
        await until(() => page.evaluate(() => !window.same).catch(() => false), 'it was loaded again');
        await settle();
        assert.equal(await ran(page), then === 'accept-all' ? 'ran' : null, then);
        assert.equal(leaked().length > before, then === 'accept-all');
    }
});

story('a page kept whole whose site blocks our script stays as it was left, and asks nobody anew', { browser: 'chromium-back' }, async ({ page }) => {
    await page.route('**/_choices/ui.*.js', (route) => route.abort());
    await page.goto(`${host()}/other`);
    assert.equal(await choices(page, 'accept-all'), 200);
    await keep(page, '/page');
    assert.equal(await ran(page), 'ran');
    await page.goto(`${host()}/other`);
    assert.equal(await choices(page, 'refuse-all'), 200);

    const before = leaked().length;

    await back(page, 1);
    await settle();
    assert.equal(await page.evaluate(() => window.kept && window.same), true, 'it had been kept');
    assert.equal(await ran(page), 'ran', 'what ran, ran');
    assert.deepEqual(leaked().slice(before), []);

    await page.goto(`${host()}/page`);
    assert.equal(await ran(page), null, 'until it is loaded again');
});

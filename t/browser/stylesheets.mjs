// What a theme loads from Google Fonts in a style sheet of the site is asked for once it is accepted, and no longer once it is not.

import assert from 'node:assert/strict';
import { story, site, received, leaked, until } from './lib/story.mjs';

// Over plain http: of a host whose certificate it does not believe Chromium keeps nothing.
const at = (path) => site('ville', path, 'http');
const colour = (page) => page.locator('h1').evaluate((e) => getComputedStyle(e).color);
const align = (page) => page.locator('h1').evaluate((e) => getComputedStyle(e).textAlign);
const fonts = () => [...new Set(leaked().map((line) => line.host))].sort();
const sheets = () => received('site').filter((line) => line.uri === '/theme/style.css');
const settle = (page) => page.waitForTimeout(400);

async function choose(page, answer) {
    await page.goto(at('/_choices/'));
    await page.locator(`input[name="service.google-fonts"][value="${answer}"]`).check({ force: true });
    await page.locator('input[name="service.youtube"][value="refuse"]').check({ force: true });
    await page.locator('button[name="decision"][value="save"]').click();
    await page.waitForLoadState('load');
}

for (const browser of ['chromium', 'firefox']) {
    for (const path of ['/page', '/chain', '/inline', '/quirks', '/preload', '/module']) {
        if (browser === 'firefox' && path === '/module') {
            continue;       // Firefox ESR knows no modules of CSS
        }

        story(`${browser}: ${path} asks nobody before a choice, and has its own looks`, { browser }, async ({ page }) => {
            await page.goto(at(path));
            await until(async () => await page.evaluate(() => getComputedStyle(document.querySelector('h1')).color) === 'rgb(1, 2, 3)',
                "the theme's colour");
            await new Promise((done) => setTimeout(done, 400));
            assert.deepEqual(leaked(), []);
        });
    }
}

for (const javaScriptEnabled of [true, false]) {
    const how = `JavaScript ${javaScriptEnabled ? 'on' : 'off'}`;

    story(`${how}: fonts come with acceptance and go with withdrawal`, { javaScriptEnabled }, async ({ page }) => {
        for (const answer of ['refuse', 'accept', 'refuse']) {
            await choose(page, answer);

            for (const path of ['/page', '/chain', '/inline', '/page']) {
                const before = leaked().length;
                await page.goto(at(path));
                await settle(page);
                assert.equal(await align(page), answer === 'accept' ? 'right' : 'start', `${answer}: ${path} looks so`);
                assert.ok(answer === 'accept' || leaked().length === before, `${answer}: ${path} asks`);
            }
        }

        assert.deepEqual(fonts(), ['fonts.googleapis.com', 'fonts.gstatic.com']);
    });

    story(`${how}: "back" after a withdrawal asks nobody`, { javaScriptEnabled }, async ({ page }) => {
        await choose(page, 'accept');
        await page.goto(at('/page'));
        await settle(page);
        assert.deepEqual(fonts(), ['fonts.googleapis.com', 'fonts.gstatic.com']);

        await choose(page, 'refuse');

        // At once, before the browser has forgotten anything.
        const before = leaked().length;
        await page.goBack();
        await page.goBack();
        await settle(page);
        assert.equal(new URL(page.url()).pathname, '/page');
        assert.deepEqual(leaked().slice(before), [], 'nobody was contacted');
        assert.equal(await colour(page), 'rgb(1, 2, 3)');

        await page.goForward();
        await page.goForward();
        await settle(page);
        assert.deepEqual(leaked().slice(before), [], 'nor on the way forward');
    });
}

story('firefox: "back" after a withdrawal asks nobody', { browser: 'firefox' }, async ({ page }) => {
    const decide = (answer) => page.evaluate((answer) => fetch('/_choices/', {
        method: 'POST', headers: { Accept: 'application/json' }, body: new URLSearchParams({ decision: answer }),
    }).then((response) => response.status), answer);

    await page.goto(at('/_choices/'));
    assert.equal(await decide('accept-all'), 200);
    await page.goto(at('/page'));
    await until(() => fonts().length === 2, 'both were asked');
    await page.goto(at('/_choices/'));
    assert.equal(await decide('refuse-all'), 200);

    const before = leaked().length;
    await page.goBack();
    await until(async () => await page.evaluate(() => getComputedStyle(document.querySelector('h1')).color) === 'rgb(1, 2, 3)', 'the page');
    await new Promise((done) => setTimeout(done, 400));
    assert.equal(new URL(page.url()).pathname, '/page');
    assert.deepEqual(leaked().slice(before), []);
});

story('accepted on the page, the fonts are there at once', async ({ page }) => {
    for (const path of ['/page', '/chain']) {
        await page.context().clearCookies();
        await page.goto(at(path));
        assert.equal(await align(page), 'start');
        await page.locator('#ngxc-banner button[value="accept-all"]').click();
        await until(async () => await align(page).catch(() => '') === 'right', `${path} had them`);
    }
});

story('a sheet that has not changed is confirmed, and one that names no service is not even asked for', async ({ page }) => {
    await choose(page, 'refuse');
    await page.goto(at('/page'));
    await page.goto(at('/chain'));
    await page.goto(at('/page'));

    assert.deepEqual(sheets().map((line) => line.status), ['200', '304', '304']);
    assert.equal(received('site').filter((line) => line.uri === '/theme/print.css').length, 1);

    await choose(page, 'accept');
    await page.goto(at('/page'));
    assert.equal(sheets().at(-1).status, '200', 'sent anew when the choice has changed');
});

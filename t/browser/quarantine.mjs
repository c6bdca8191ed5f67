// A page that the gateway cannot read does no harm in a browser: none of what it would do happens, and a visitor reads it all the same.

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

import { story, site, received, leaked, until } from './lib/story.mjs';

const settle = () => sleep(1800);
const marks = (page) => page.evaluate(() => ({ ...document.documentElement.dataset }));

async function isHarmless(page, context, path) {
    assert.equal(new URL(page.url()).pathname, path, 'no meta refresh led away');
    assert.deepEqual(leaked(), [], 'nobody was contacted');
    assert.deepEqual(received('site').filter((line) => /^\/(?:hit|refreshed)/.test(line.uri)), [], 'nor a tracker of the site itself');
    assert.deepEqual((await context.cookies()).map((cookie) => cookie.name).filter((name) => name === '_ga'), [], 'no cookie was stored');
    assert.deepEqual(await marks(page), {}, 'no script ran');
}

// Only what Playwright's pages and puppeteer's have in common.
for (const browser of ['chromium', 'firefox']) {
    for (const path of ['/br', '/deflate', '/utf16', '/charset']) {
        story(`${browser}, ${path}: in quarantine nothing happens but reading`, { browser }, async ({ page, context }) => {
            const response = await page.goto(site('ville', path));
            const click = (id) => page.evaluate((i) => document.getElementById(i).click(), id);
            const isAt = (to) => until(() => page.url() === site('ville', to), `${to} was there`);

            assert.match(response.headers()['content-security-policy'], /sandbox/);
            await settle();

            assert.equal(await page.evaluate(() => document.querySelector('h1').textContent), 'Written');
            assert.equal(await page.evaluate(() => document.getElementById('own').naturalWidth), 7, 'its own picture is there');
            await click('script');
            await isHarmless(page, context, path);

            await click('link');
            await isAt('/linked');
            await page.goto(site('ville', path));
            await click('send');
            await isAt('/sent?a=b');
        });
    }
}

story('XHTML is such a page', async ({ page, context }) => {
    await page.goto(site('ville', '/xhtml'));
    await settle();
    assert.equal(await page.locator('h1').textContent(), 'Written');
    assert.deepEqual(leaked(), []);
    assert.deepEqual((await context.cookies()).map((cookie) => cookie.name), []);
});

story('in a frame, too', async ({ page, context }) => {
    await page.goto(site('ville', '/frame'));
    await settle();
    assert.equal(await page.frames()[1].locator('h1').textContent(), 'Written');
    assert.deepEqual(leaked(), []);
    assert.deepEqual((await context.cookies()).map((cookie) => cookie.name), []);
});

story('a script that fetches it gets nothing of it', async ({ page }) => {
    await page.goto(site('ville', '/linked'));

    for (const path of ['/br', '/utf16', '/charset']) {
        const [status, text] = await page.evaluate(async (p) => { const r = await fetch(p); return [r.status, await r.text()]; }, path);

        assert.equal(status, 502);
        assert.doesNotMatch(text, /Written/);
    }
});

story('a drawing that is shown runs its own script and asks nobody', async ({ page }) => {
    await page.goto(site('ville', '/drawing.svg'));
    await settle();
    assert.equal(await page.evaluate(() => document.documentElement.getAttribute('data-own')), 'ran');
    assert.deepEqual(leaked(), []);
});

story('what can be read is not in quarantine', async ({ page }) => {
    const response = await page.goto(site('ville', '/gzipped'));

    assert.equal((await response.allHeaders())['content-security-policy'], undefined);
    assert.equal((await marks(page)).inline, 'ran', 'the site\'s own scripts run');
    assert.equal((await marks(page)).stats, 'ran');
    assert.equal(await page.locator('#ngxc-banner').count(), 1, 'and the visitor is asked');
    assert.deepEqual(leaked().filter((line) => !/^fonts\.example/.test(line.host)), []);
});

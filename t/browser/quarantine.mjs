// A page that the gateway cannot read does no harm in a browser: none of what it would do happens, and a visitor reads it all the same.

import assert from 'node:assert/strict';
import { story, site, received, leaked } from './lib/story.mjs';

const settle = (page) => page.waitForTimeout(1800);
const marks = (page) => page.evaluate(() => ({ ...document.documentElement.dataset }));

async function isHarmless(page, context, path) {
    assert.equal(new URL(page.url()).pathname, path, 'no meta refresh led away');
    assert.deepEqual(leaked(), [], 'nobody was contacted');
    assert.deepEqual(received('site').filter((line) => /^\/(?:hit|refreshed)/.test(line.uri)), [], 'nor a tracker of the site itself');
    assert.deepEqual((await context.cookies()).map((cookie) => cookie.name).filter((name) => name === '_ga'), [], 'no cookie was stored');
    assert.deepEqual(await marks(page), {}, 'no script ran');
}

for (const path of ['/br', '/deflate', '/utf16', '/charset']) {
    story(`${path}: in quarantine nothing happens but reading`, async ({ page, context }) => {
        const response = await page.goto(site('ville', path));

        assert.match((await response.allHeaders())['content-security-policy'], /sandbox/);
        await settle(page);

        assert.equal(await page.locator('h1').textContent(), 'Written');
        assert.equal(await page.locator('#own').evaluate((img) => img.naturalWidth), 7, 'its own picture is there');
        await page.locator('#script').click();
        await isHarmless(page, context, path);

        await page.locator('#link').click();
        await page.waitForURL('**/linked');
        await page.goBack();
        await page.locator('#send').click();
        await page.waitForURL('**/sent?a=b');
    });
}

story('XHTML is such a page', async ({ page, context }) => {
    await page.goto(site('ville', '/xhtml'));
    await settle(page);
    assert.equal(await page.locator('h1').textContent(), 'Written');
    assert.deepEqual(leaked(), []);
    assert.deepEqual((await context.cookies()).map((cookie) => cookie.name), []);
});

story('in a frame, too', async ({ page, context }) => {
    await page.goto(site('ville', '/frame'));
    await settle(page);
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
    await settle(page);
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

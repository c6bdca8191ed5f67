// Whatever a site forbids, a visitor can choose, on the banner or by the link, with JavaScript and without; and what the site lets itself run
// still runs.

import assert from 'node:assert/strict';
import { story, site, leaked, until } from './lib/story.mjs';

// inline, own: what of the site's scripts its own policy lets run. link: only the link to the settings is left, a form is not.
const sites = {
    plain: { inline: true, own: true },
    deny: { inline: true, own: true },
    decidim: { inline: true, own: true },
    strict: { inline: true, own: true },
    none: {},
    nothing: {},
    meta: { own: true, link: true },
    sandboxed: { inline: true, own: true, link: true },
    forms: { inline: true, own: true, link: true },
    origin: { inline: true, own: true },
    referrer: { inline: true, own: true },
    cleared: { inline: true, own: true },
    trusted: { inline: true, own: true },
    isolated: { inline: true, own: true },
    two: { own: true },
};

const button = (page) => page.locator('#ngxc-banner button[value="refuse-all"]');
const chosen = async (context) => (await context.cookies()).some((cookie) => /choices$/.test(cookie.name));

// A page of its own, or a dialog where a script may fetch it.
async function byLink(page) {
    await page.locator('a[href*="/_choices/"]:visible').first().click();
    await until(async () => await page.locator('#ngxc-settings').count() === 1, 'the settings were there');
    await page.locator('#ngxc-settings button[value="refuse-all"]').click();
}

for (const [name, { inline = false, own = false, link = false }] of Object.entries(sites)) {
    for (const javaScriptEnabled of [true, false]) {
        story(`${name}, JavaScript ${javaScriptEnabled ? 'on' : 'off'}: a choice is possible`, { javaScriptEnabled }, async ({ page, context }) => {
            const wrong = [];

            // With JavaScript off, what fails is the driver's own script.
            if (javaScriptEnabled) {
                page.on('pageerror', (error) => wrong.push(String(error)));
            }

            await page.goto(site('ville', `/${name}`));

            if (javaScriptEnabled) {
                const ran = await page.evaluate(() => ({ ...document.documentElement.dataset }));

                assert.equal(ran.inline === 'ran', inline, 'the site\'s inline script');
                assert.equal(ran.own === 'ran', own, 'its own file');
                assert.equal(ran.third, undefined, 'and nobody else\'s');
            }

            assert.equal(await page.locator('#ngxc-banner').count(), 1, 'the banner is there');

            if (link) {
                await byLink(page);
            } else {
                assert.ok(await button(page).isVisible(), 'and its buttons');
                await button(page).click();
            }

            await until(() => chosen(context), 'the choice was taken');
            await page.goto(site('ville', `/${name}`));
            assert.equal(await page.locator('#ngxc-banner').count(), 0, 'who has chosen is not asked again');
            assert.deepEqual(leaked(), [], 'nobody was contacted');
            assert.deepEqual(wrong, [], 'no script of ours fails');
        });
    }
}

story('reports of what a page\'s policy stops go to a service once it is accepted, and not before', async ({ page }) => {
    const violate = () => page.evaluate(() => {
        new Image().src = '/own.png';
        document.body.append(Object.assign(document.createElement('p'), { style: 'color: red' }));
    });

    await page.goto(site('ville', '/reports'));
    await violate();
    await page.locator('#ngxc-banner button[value="refuse-all"]').click();
    await page.goto(site('ville', '/reports'));
    await violate();
    await page.waitForTimeout(500);
    assert.deepEqual(leaked(), []);

    await page.goto(site('ville', '/_choices/'));
    await page.locator('#ngxc-settings button[value="accept-all"]').click();
    await page.goto(site('ville', '/reports'));
    await violate();
    await until(() => leaked().some((line) => line.host === 'o1.ingest.sentry.io'), 'it is told');
});

// The shortest proof that browsers, sites and gateway are put together; the other stories say more.

import assert from 'node:assert/strict';
import { story, site, leaked, until } from './lib/story.mjs';

for (const browser of ['chromium', 'firefox']) {
    story(`${browser}: a visitor who has not chosen is asked, and contacts nobody else`, { browser }, async ({ page }) => {
        await page.goto(site('montmirail', '/'));

        assert.ok(await page.evaluate(() => document.getElementById('ngxc-banner').shadowRoot.querySelector('form') !== null));
        assert.deepEqual(leaked(), []);
    });

    story(`${browser}: a refusal is kept`, { browser }, async ({ page, context }) => {
        await page.goto(site('montmirail', '/'));
        await page.evaluate(() => {
            document.getElementById('ngxc-banner').shadowRoot.querySelector('button[value="refuse-all"]').click();
        });
        await until(() => page.evaluate(() => !document.getElementById('ngxc-banner')), 'the banner was gone');
        await page.goto(site('montmirail', '/agenda'));

        assert.equal(await page.evaluate(() => document.getElementById('ngxc-banner')), null);
        assert.equal((await context.cookies()).filter((cookie) => cookie.name === '__Host-choices').length, 1);
        assert.deepEqual(leaked(), []);
    });
}

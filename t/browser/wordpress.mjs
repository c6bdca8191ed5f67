// A town's WordPress: its visitors, and who writes it.

import assert from 'node:assert/strict';
import { story, site, leaked, until } from './lib/story.mjs';

const account = { name: 'mairie', password: 'Une-longue-phrase-2026' };
const film = '<p>Un film.</p><iframe width="560" height="315" src="https://www.youtube.com/embed/a" title="Conseil municipal"></iframe>';

async function logIn(page) {
    await page.goto(site('wp', '/wp-login.php'));
    await page.fill('#user_login', account.name);
    await page.fill('#user_pass', account.password);
    await page.click('#wp-submit');
    await page.waitForURL(/wp-admin/);
}

const banner = (page) => page.locator('#ngxc-banner');

story('is installed by its own pages', async ({ page }) => {
    await page.goto(site('wp', '/wp-admin/install.php?step=1'));
    await page.fill('#weblog_title', 'Ville');
    await page.fill('#user_login', account.name);
    await page.fill('#pass1', account.password);
    await page.fill('#admin_email', 'mairie@ville.example');
    await page.click('#submit', { timeout: 50_000 });     // makes its tables
    await page.waitForSelector('a[href*="wp-login.php"]');

    assert.deepEqual(leaked(), []);
});

story('is written as before: the editor works, and a page is stored as it was typed', async ({ page }) => {
    const errors = [];

    page.on('pageerror', (error) => errors.push(String(error)));

    await logIn(page);
    assert.equal(await banner(page).count(), 0);

    await page.goto(site('wp', '/wp-admin/post-new.php'));
    await page.waitForFunction(() => globalThis.wp?.data?.select('core/editor')?.getCurrentPostId());
    await page.evaluate((content) => {
        wp.data.dispatch('core/editor').editPost({ title: 'Le conseil', content: `<!-- wp:html -->${content}<!-- /wp:html -->`, status: 'publish' });
        return wp.data.dispatch('core/editor').savePost();
    }, film);

    const post = await page.evaluate(() => wp.apiFetch({ path: '/wp/v2/posts?context=edit' }));

    assert.equal(post[0].content.raw, `<!-- wp:html -->\n${film}\n<!-- /wp:html -->`);
    assert.deepEqual(errors, []);
    assert.equal(await banner(page).count(), 0);
});

story('asks its visitors, and until they answer nothing of what it loads is fetched and no cookie set', async ({ page, context }) => {
    await page.goto(site('wp'));
    await page.getByRole('link', { name: 'Le conseil' }).first().click();
    await page.frameLocator('iframe[data-ngxc="youtube"]').getByText('YouTube').first().waitFor();

    assert.equal(await banner(page).count(), 1);
    assert.deepEqual(leaked(), []);
    assert.deepEqual(await context.cookies(), []);
});

story('shows the film to who accepts it where it stands, and loads nothing else', async ({ page }) => {
    await page.goto(site('wp'));
    await page.getByRole('link', { name: 'Le conseil' }).first().click();
    await page.frameLocator('iframe[data-ngxc="youtube"]').locator('button').first().click();
    await until(() => leaked().length > 0, 'YouTube was asked');
    await page.waitForLoadState();

    assert.deepEqual([...new Set(leaked().map((line) => line.host))], ['www.youtube.com']);
});

story('loads everything, and keeps its cookie, for who accepts everything', async ({ page, context }) => {
    await page.goto(site('wp'));
    await banner(page).locator('button[value="accept-all"]').click();
    await until(() => leaked().some((line) => line.host === 'www.googletagmanager.com'), 'Google was asked');
    await page.goto(site('wp'));

    assert.ok((await context.cookies()).some((cookie) => cookie.name === '_ga'));
    assert.deepEqual([...new Set(leaked().map((line) => line.host))].sort(),
        ['use.typekit.net', 'www.google.com', 'www.googletagmanager.com']);
});

story('takes a comment without JavaScript, and who commented is not asked again', { javaScriptEnabled: false }, async ({ page }) => {
    await page.goto(site('wp'));
    await banner(page).locator('button[value="refuse-all"]').click();
    await page.getByRole('link', { name: 'Le conseil' }).first().click();
    await page.fill('#comment', 'Merci pour ce film.');
    await page.fill('#author', 'Une habitante');
    await page.fill('#email', 'habitante@ville.example');
    await page.click('#submit');
    await page.waitForURL(/unapproved|comment/);

    assert.match(await page.content(), /Merci pour ce film/);
    assert.equal(await banner(page).count(), 0);
    assert.deepEqual(leaked(), []);
});

story('gives programs what it gave them: the feed, the API and style sheets', async ({ page }) => {
    await page.goto(site('wp'));

    const answers = await page.evaluate(async () => Promise.all(['/?feed=rss2', '/?rest_route=/wp/v2/posts', '/wp-includes/css/dist/block-library/style.min.css']
        .map(async (path) => { const r = await fetch(path); return [r.status, r.headers.get('content-type').split(';')[0], /ngxc/.test(await r.text())]; })));

    assert.deepEqual(answers, [[200, 'application/rss+xml', false], [200, 'application/json', false], [200, 'text/css', false]]);
});

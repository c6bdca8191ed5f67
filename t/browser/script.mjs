// What JavaScript adds to an interface that works without it, and what becomes of it on pages that change under it, or forbid it.

import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';

import { story, site, received, leaked, until } from './lib/story.mjs';
import { town, policy, html, film, plan, analytics } from './lib/town.mjs';

const banner = (page) => page.locator('#ngxc-banner');
const button = (page, decision) => page.locator(`#ngxc-banner button[value="${decision}"]`);
const dialog = (page) => page.locator('#ngxc-dialog dialog[open]');
const gone = (page) => until(async () => await banner(page).count() === 0, 'the banner was gone');
const came = (page, id) => until(async () => await page.frameLocator(`#${id}`).locator('#stand-in').count() === 1, `${id} came`);

// Marks the document: gone after a reload.
const mark = (page) => page.evaluate(() => { window.marked = true; });
const marked = (page) => page.evaluate(() => window.marked === true);

const pages = {
    '/': html(`<main><h1>Accueil</h1>${film}${plan}<a id="next" href="/suite">Suite</a></main>`),
    '/suite': html(`<main><h1>Suite</h1>${film}</main>`),
    '/ruse': html('<main><h1>Ruse</h1></main>', { head: '<script>addEventListener("load", () => ngxConsent.accept("youtube")'
        + '.then(() => "accepted", (error) => error.message).then((text) => { document.title = text; }))</script>' }),
    '/mesure': html('<main><h1>Mesure</h1></main>', { head: analytics }),
};

const ville = () => town('ville', { policy: policy(['youtube', 'openstreetmap', 'google-analytics']), pages });

story('embeds come in place, without a reload, and leave no entry in the history', async ({ page }) => {
    const { at } = await ville();

    await page.goto(at('/'));
    await mark(page);
    const before = await page.evaluate(() => history.length);

    await button(page, 'accept-all').click();
    await came(page, 'film');
    await came(page, 'plan');
    assert.ok(await marked(page));
    assert.equal(await page.evaluate(() => history.length), before);
});

story('the page is loaded again where a script was accepted, and when something is withdrawn', async ({ page }) => {
    const { at } = await ville();

    await page.goto(at('/mesure'));
    await mark(page);
    await button(page, 'accept-all').click();
    await until(() => received('www.googletagmanager.com').length > 0, 'the script came');
    assert.ok(!await marked(page));

    await page.goto(at('/'));
    await mark(page);
    await page.locator('#ngxc-link').getByRole('button').click();
    await until(async () => !await marked(page).catch(() => true), 'the page was loaded again');
    assert.equal(await page.locator('#film').getAttribute('data-ngxc'), 'youtube');
});

story('a choice in one tab is a choice in all', async ({ page, context }) => {
    const { at } = await ville();
    const other = await context.newPage();

    await page.goto(at('/'));
    await other.goto(at('/'));
    await mark(other);
    await button(page, 'accept-all').click();
    await gone(other);
    await came(other, 'film');
    assert.ok(await marked(other));

    await page.goto(at('/_choices/'));
    await page.locator('button[value="refuse-all"]').click();
    await until(async () => await other.locator('#film').getAttribute('data-ngxc').catch(() => '') === 'youtube', 'the other tab let it go');
});

story('window.ngxConsent: state, refuse, open; accept only with a gesture; and an event for every change', async ({ page }) => {
    const { at } = await ville();

    await page.goto(at('/ruse'));
    await until(async () => /gesture/.test(await page.title()), 'acceptance without a gesture was declined');
    assert.deepEqual(leaked(), []);

    await page.goto(at('/'));
    await page.evaluate(() => {
        window.heard = [];
        document.addEventListener('ngxconsent:change', (event) => heard.push(event.detail.state));
    });

    assert.equal((await page.evaluate(() => ngxConsent.state())).state, 'unset');
    assert.equal((await page.evaluate(() => ngxConsent.refuse('youtube'))).choices.youtube, 'refuse');

    await page.evaluate(() => document.querySelector('h1').addEventListener('click', () => ngxConsent.accept('openstreetmap')));
    await page.locator('h1').click();
    await came(page, 'plan');
    assert.deepEqual(await page.evaluate(() => heard), ['none', 'some']);

    await page.evaluate(() => { ngxConsent.open(); });
    await dialog(page).waitFor();
    assert.ok(await page.evaluate(() => Object.isFrozen(ngxConsent)));
});

story('coming back with the back button shows the current choice', async ({ page }) => {
    const { at } = await ville();

    await page.goto(at('/'));
    await page.locator('#next').click();
    await page.waitForURL('**/suite');
    await button(page, 'accept-all').click();
    await came(page, 'film');
    await page.goBack();
    await gone(page);
    await until(() => received('www.openstreetmap.org').length > 0, 'the map came');

    await page.goForward();
    await page.locator('#ngxc-link').getByRole('button').click();
    await until(async () => await page.locator('#film').getAttribute('data-ngxc').catch(() => '') === 'youtube', 'it was withdrawn');
    const before = received().length;
    await page.goBack();
    await until(async () => await page.locator('#film').getAttribute('data-ngxc').catch(() => '') === 'youtube', 'here, too');
    assert.deepEqual(received().slice(before).filter((line) => line.who !== 'site'), []);
});

// Playwright turns the back/forward cache of Chromium off.
story('a page that the browser had kept as it was takes up the current choice', async ({ page }) => {
    const { at } = await ville();

    await page.goto(at('/'));
    await mark(page);
    await page.evaluate(() => fetch('/_choices/', { method: 'POST', body: new URLSearchParams({ decision: 'accept-all' }) }));
    await page.evaluate(() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })));
    await gone(page);
    await came(page, 'film');
    assert.ok(await marked(page));
});

story('Firefox: a page it had kept takes up the current choice', { browser: 'firefox' }, async ({ page }) => {
    const { at } = await ville();

    await page.goto(at('/'));
    await page.evaluate(() => addEventListener('pageshow', (event) => { window.kept = event.persisted; }));
    await page.goto(at('/suite'));
    await page.evaluate(() => document.getElementById('ngxc-banner').shadowRoot.querySelector('[value="accept-all"]').click());
    await until(() => page.evaluate(() => !document.getElementById('ngxc-banner')), 'the banner was gone');
    await page.goBack();
    await until(() => page.evaluate(() => !document.getElementById('ngxc-banner')), 'here, too');
    await until(() => received('www.openstreetmap.org').length > 0, 'the map came');
    console.log(`# from the back/forward cache: ${await page.evaluate(() => window.kept === true)}`);
});

// As Turbo does: another document is fetched and parsed, and its body put in place of this one's.
const swapBody = (page, path) => page.evaluate(async (to) => {
    const text = await fetch(to, { headers: { Accept: 'text/html, application/xhtml+xml' } }).then((r) => r.text());
    document.body.replaceWith(document.adoptNode(new DOMParser().parseFromString(text, 'text/html').body));
    history.pushState({}, '', to);
}, path);

story('a body that a script puts in place of another keeps the question, and its embeds come back', async ({ page }) => {
    const { at } = await ville();

    await page.goto(at('/'));
    await swapBody(page, '/suite');
    await until(async () => await button(page, 'accept-all').isVisible(), 'the banner is there again');
    assert.equal(await page.locator('#film').getAttribute('data-ngxc'), 'youtube');
    assert.equal(await page.locator('#ngxc-link').count(), 1);

    await button(page, 'accept-all').click();
    await came(page, 'film');
    await swapBody(page, '/');
    await page.waitForTimeout(200);
    assert.equal(await banner(page).count(), 0, 'it is not asked again');
    assert.equal(await page.locator('#ngxc-link').count(), 1);
});

story('what htmx puts into a page is neutral, says what it is, and comes with acceptance', async ({ page }) => {
    const { at } = await town('htmx', { policy: policy(['youtube']), pages: { '/': html('<main><h1>Accueil</h1><div id="here"></div></main>'),
        '/morceau': `<section>${film}</section>` } });

    await page.goto(at('/'));
    await page.evaluate(async () => {
        document.getElementById('here').innerHTML = await fetch('/morceau', { headers: { 'HX-Request': 'true' } }).then((r) => r.text());
    });
    const frame = page.frameLocator('#film');

    await frame.getByRole('heading', { name: 'La vallée vue du ciel' }).waitFor();
    assert.equal(await banner(page).count(), 1, 'one banner');
    await frame.getByRole('button', { name: 'Toujours accepter YouTube' }).click();
    await came(page, 'film');
    await gone(page);
});

story('Decidim’s own script may replace every iframe: what is accepted in both comes, and nothing before', async ({ page }) => {
    await page.goto(site('decidim', '/processes/tram'));
    await page.waitForTimeout(300);
    assert.deepEqual(leaked(), []);
    await button(page, 'accept-all').click();
    await gone(page);
    await page.waitForLoadState('load');
    const accept = page.locator('#dc-dialog-accept');

    if (await accept.isVisible()) {
        await accept.click();
    }

    await until(() => leaked().some((line) => /youtube/.test(line.host)) && leaked().some((line) => /vimeo/.test(line.host)), 'both came');
});

story('loaded twice, it acts once', async ({ page }) => {
    const { at } = await ville();
    const posts = [];

    page.on('request', (request) => request.method() === 'POST' && posts.push(request.url()));
    await page.goto(at('/'));
    await page.evaluate(() => new Promise((loaded) => {
        const first = document.querySelector('script[src*="/_choices/ui."]'), again = document.createElement('script');
        again.src = first.src + '?again';
        again.dataset.allowed = '';
        again.onload = again.onerror = loaded;
        document.head.append(again, first.cloneNode());
    }));
    await button(page, 'refuse-all').click();
    await gone(page);
    assert.equal(posts.length, 1);
    assert.equal(await page.evaluate(() => document.querySelectorAll('#ngxc-status').length), 1);
});

for (const [what, pattern] of [['script and style sheet', '**/_choices/ui.*'], ['everything of the gateway', '**/_choices/**']]) {
    story(`where a blocker stops ${what}, the page works and nothing is granted`, async ({ page, context }) => {
        const { at, state } = await ville();
        const errors = [];

        page.on('pageerror', (error) => errors.push(error.message));
        await page.route(pattern, (route) => route.abort());
        await page.goto(at('/'));
        await page.waitForTimeout(200);
        assert.deepEqual(errors, []);
        await page.locator('#next').click();
        await page.waitForURL('**/suite');
        assert.deepEqual(leaked(), []);
        assert.equal((await state(context)).state, 'unset');

        if (pattern.endsWith('ui.*')) {
            await button(page, 'refuse-all').click();
            await page.waitForLoadState('load');
            assert.equal((await state(context)).state, 'none', 'the plain form is there');
        }
    });
}

story('a banner that a blocker hides is a refusal, and takes no room', async ({ page, context }) => {
    const { at, state } = await ville();

    await page.goto(at('/'));
    await page.addStyleTag({ content: '#ngxc-banner { visibility: hidden }' });
    await page.evaluate(() => document.getElementById('ngxc-banner').remove());
    await until(async () => await page.evaluate(() => parseFloat(getComputedStyle(document.documentElement).paddingBottom)) === 0, 'there is no room for it');
    assert.equal(await banner(page).count(), 0, 'it does not come back');
    await page.locator('#next').click();
    await page.waitForURL('**/suite');
    assert.equal((await state(context)).state, 'unset');
    assert.deepEqual(leaked(), []);
});

for (const [what, csp] of [
    ['default-src self', "default-src 'self'"],
    ['a nonce', "default-src 'none'; script-src 'nonce-abc'; style-src 'nonce-abc'; img-src 'self'; connect-src 'self'"],
    ['nothing at all', "default-src 'none'"],
]) {
    story(`under a policy of ${what} one can choose, and the banner looks as everywhere`, async ({ page, context }) => {
        const { at, state } = await town(`csp-${what.replace(/\W/g, '')}`, { policy: policy(['youtube']),
            pages: { '/': { body: html(`<main><h1>Accueil</h1>${film}</main>`), headers: { 'Content-Security-Policy': csp } } } });

        await page.goto(at('/'));
        await until(() => banner(page).evaluate((e) => getComputedStyle(e).position === 'fixed'
            && getComputedStyle(e.shadowRoot.querySelector('button')).borderRadius === '6px'), 'the banner has its looks');
        await button(page, 'refuse-all').click();
        await until(async () => (await state(context)).state === 'none', 'it was refused');
        await gone(page);
    });
}

story('a placeholder keeps the place, names service and purpose, offers once, always and the settings', async ({ page }) => {
    const { at } = await town('cadres', { policy: policy(['youtube']), pages: { '/': { body: html(`<main><h1>Film</h1>${film}</main>`),
        headers: { 'X-Frame-Options': 'DENY', 'Content-Security-Policy': "frame-src https://www.youtube.com; frame-ancestors 'none'" } } } });

    await page.goto(at('/'));
    const frame = page.frameLocator('#film');
    const size = () => page.locator('#film').evaluate((e) => [e.clientWidth, e.clientHeight]);

    assert.deepEqual(await size(), [560, 315]);
    assert.equal(await frame.locator('h1').innerText(), 'La vallée vue du ciel');
    assert.match(await frame.locator('main p').first().innerText(), /YouTube \(Vidéos\)/);
    assert.match(await frame.locator('.by').innerText(), /^Google Ireland Limited, Irlande/);
    assert.equal(await frame.getByRole('link', { name: 'Gestion des cookies' }).getAttribute('target'), '_top');

    await frame.getByRole('button', { name: 'Afficher cette fois' }).click();
    await until(() => received('www.youtube.com').length > 0, 'the film came');
    assert.deepEqual(await size(), [560, 315]);
    assert.equal(await banner(page).count(), 1, 'and nothing is remembered');
});

for (const [width, height] of [[560, 315], [300, 200], [320, 100], [160, 600], [200, 120]]) {
    story(`a placeholder of ${width} by ${height} shows its title and its buttons`, async ({ page }) => {
        const { at } = await ville();

        await page.goto(at('/_choices/table'));
        await page.setViewportSize({ width, height });
        await page.goto(at('/_choices/embed/youtube?u=https%3A%2F%2Fwww.youtube.com%2Fembed%2Fabc&t=La%20vall%C3%A9e&lang=fr'));

        for (const what of ['h1', 'button:has-text("cette fois")', 'button:has-text("Toujours")']) {
            const box = await page.locator(what).boundingBox();
            assert.ok(box.y >= 0 && box.y + box.height <= height + 1 && box.x >= 0 && box.x + box.width <= width + 1, `${what} ${JSON.stringify(box)}`);
        }
    });
}

story('settings: one link to the data protection officer, the day and validity of the choice, the version it was made for', async ({ page, context }) => {
    const { at, state } = await ville();

    await page.goto(at('/'));
    await button(page, 'refuse-all').click();
    await gone(page);
    await page.goto(at('/_choices/'));

    assert.equal(await page.locator('a[href="mailto:dpo@montmirail.example"]').count(), 1);
    const now = await page.locator('.now').innerText();
    const written = (days) => new Intl.DateTimeFormat('fr', { dateStyle: 'long', timeZone: 'UTC' }).format(Date.now() + days * 86400e3);
    assert.ok(now.includes(written(0)) && now.includes(written(182)), now);
    assert.equal(await page.locator('.version code').innerText(), (await state(context)).policy);
});

story('the banner weighs at most 5 kB with ten services, the script 5 kB, and after a choice hardly anything stays', async ({ page, context }) => {
    const ten = ['youtube', 'vimeo', 'openstreetmap', 'google-analytics', 'facebook', 'x-twitter', 'recaptcha', 'google-fonts', 'meta-pixel', 'crisp'];
    const { at, ask } = await town('dix', { policy: policy(ten), pages: { '/': html('<main><h1>Accueil</h1></main>') } });
    const { body } = await ask(context, '/');
    const weight = (text) => gzipSync(text, { level: 6 }).length;
    const put = body.slice(body.indexOf('<div id="ngxc-banner"'), body.indexOf('<main>'));
    const script = (await ask(context, body.match(/src="(\/_choices\/ui\.[^"]+\.js)"/)[1])).body;

    assert.ok(weight(put) <= 5 * 1024, `the banner weighs ${weight(put)}`);
    assert.ok(weight(script) <= 5 * 1024, `the script weighs ${weight(script)}`);

    await page.goto(at('/'));
    await button(page, 'refuse-all').click();
    await gone(page);
    const after = (await ask(context, '/')).body;
    const more = weight(after) - weight(html('<main><h1>Accueil</h1></main>'));
    assert.ok(!after.includes('ngxc-banner') && more <= 1024, `${more} stay`);
    console.log(`# banner ${weight(put)}, script ${weight(script)}, after a choice ${more} bytes, gzip`);
});

story('nothing of the page moves when the banner comes or goes, and nobody else is asked', async ({ page }) => {
    const { at } = await ville();

    await page.addInitScript(() => {
        window.shift = 0;
        new PerformanceObserver((list) => list.getEntries().forEach((e) => shift += e.value)).observe({ type: 'layout-shift', buffered: true });
    });
    await page.goto(at('/suite'));
    await page.waitForTimeout(300);
    await button(page, 'refuse-all').click();
    await gone(page);
    await page.waitForTimeout(200);
    assert.equal(await page.evaluate(() => shift), 0);
    assert.deepEqual(leaked(), []);
});

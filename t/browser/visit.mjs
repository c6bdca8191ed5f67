// The story of a visit, on each fixture site: asked, refused, chosen, accepted, withdrawn; with JavaScript and without.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { story, site, received, leaked, until } from './lib/story.mjs';

const { prefix, ports } = JSON.parse(process.env.NGXC_SITES);

const sites = {
    montmirail: { pages: ['/', '/agenda', '/contact'], session: ['cms_session'] },
    monaviscitoyen: { pages: ['/', '/vote'], session: ['mac_session', 'XSRF-TOKEN', '__cf_bm'] },
    decidim: { pages: ['/', '/processes/tram'], session: ['_session_id', 'decidim-consent'] },
    opendatasoft: { pages: ['/', '/explore'], session: ['sessionid', 'csrftoken', 'ods_lang'] },
    bizarre: { pages: ['/'], session: ['panier', '_gatsby', '_GA', '__Secure-_ga'] },
};

const shots = 'build/screenshots';
mkdirSync(shots, { recursive: true });

const hosts = (lines) => [...new Set(lines.map((line) => line.who))].sort();
const banner = (page) => page.locator('#ngxc-banner');
const button = (page, decision) => page.locator(`#ngxc-banner button[value="${decision}"]`);

// Names of cookies that are neither the gateway's nor the site's own.
async function foreignCookies(context, name) {
    return (await context.cookies()).map((cookie) => cookie.name)
        .filter((cookie) => !/choices$/.test(cookie) && !sites[name].session.includes(cookie));
}

async function decide(page, decision) {
    await button(page, decision).click();
    await until(async () => await banner(page).count() === 0, 'the banner was gone');
    await page.waitForTimeout(300);
    await page.waitForLoadState('load');
}

// Decidim's own dialog, which hides every iframe until it is answered too.
async function answerDecidim(page) {
    const accept = page.locator('#dc-dialog-accept');

    if (await accept.count() > 0 && await accept.isVisible()) {
        await accept.click();
        await page.waitForTimeout(300);
    }
}

// Long enough for what a page loads, and loads later.
async function look(page, address) {
    await page.goto(address, { waitUntil: 'load' });
    await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
    await page.waitForTimeout(400);
}

// What the site asks for when nobody stands before it.
async function asked(page, name) {
    const before = received().length;

    for (const path of sites[name].pages) {
        await look(page, `http://${name}.localhost:${ports.backend_port}${path}`);
        await answerDecidim(page);
    }

    return hosts(received().slice(before).filter((line) => !['site', 'vote'].includes(line.who)));
}

for (const name of Object.keys(sites)) {
    for (const javaScriptEnabled of [true, false]) {
        const how = `${name}, JavaScript ${javaScriptEnabled ? 'on' : 'off'}`;

        story(`${how}: who has not chosen, or refused, contacts nobody`, { javaScriptEnabled }, async ({ page, context }) => {
            await look(page, site(name));
            assert.equal(await banner(page).count(), 1, 'the banner is there');
            assert.ok(await button(page, 'accept-all').isVisible(), 'and can be seen');
            await page.screenshot({ path: `${shots}/${name}-${javaScriptEnabled ? 'first' : 'first-nojs'}.png` });

            assert.deepEqual(leaked(), [], 'nobody was contacted');
            assert.deepEqual(received('matomo').filter((line) => /matomo\.php/.test(line.uri)), [], 'nor Matomo');
            assert.deepEqual(await foreignCookies(context, name), [], 'no cookie was stored');
            assert.deepEqual((await context.cookies()).filter((cookie) => /choices$/.test(cookie.name)), [], 'not even ours');

            await decide(page, 'refuse-all');

            for (const path of sites[name].pages) {
                await look(page, site(name, path));
                assert.equal(await banner(page).count(), 0, `not asked again on ${path}`);
                assert.ok(await page.locator('a[href*="/_choices/"]').count() > 0, `the way back is on ${path}`);
            }

            assert.deepEqual(leaked(), [], 'still nobody was contacted');
            assert.deepEqual(await foreignCookies(context, name), [], 'and no cookie stored');
        });
    }

    story(`${name}: who accepts everything gets everything the page asks for`, async ({ page, context }) => {
        const wanted = await asked(page, name);
        await context.clearCookies();
        const before = received().length;

        await look(page, site(name));
        await decide(page, 'accept-all');

        for (const path of sites[name].pages) {
            await look(page, site(name, path));
            await answerDecidim(page);
        }

        await page.screenshot({ path: `${shots}/${name}-accepted.png` });

        const got = hosts(received().slice(before).filter((line) => !['site', 'vote'].includes(line.who)));
        assert.ok(wanted.length > 0, 'the page asks for somebody');
        assert.deepEqual(got, name === 'bizarre' ? wanted.filter((who) => got.includes(who)) : wanted);
    });
}

const choice = async (page) => (await page.context().cookies()).find((cookie) => cookie.name === '__Host-choices')?.value;

// A page that is left before its choice was sent takes it along.
async function kept(page, before) {
    await until(async () => ![undefined, before].includes(await choice(page)), 'the choice was kept');
}

for (const javaScriptEnabled of [true, false]) {
    const how = `JavaScript ${javaScriptEnabled ? 'on' : 'off'}`;

    story(`decidim, ${how}: who accepts YouTube alone gets YouTube alone`, { javaScriptEnabled }, async ({ page }) => {
        await page.goto(site('decidim', '/_choices/?lang=fr'));
        await page.locator('input[name="service.youtube"][value="accept"]').check({ force: true });
        await page.screenshot({ path: `${shots}/settings${javaScriptEnabled ? '' : '-nojs'}.png`, fullPage: true });
        await page.locator('button[name="decision"][value="save"]').click();
        await kept(page);
        await page.waitForLoadState('load');

        await look(page, site('decidim', '/processes/tram'));

        // of Decidim's own categories none is granted by YouTube alone, and it hides every frame until all of them are
        if (javaScriptEnabled) {
            await page.locator('#dc-open').click();
            await page.locator('#dc-modal-accept').click();
        }

        await until(() => hosts(leaked()).some((who) => /youtube/.test(who)), 'YouTube was asked');
        await page.waitForTimeout(300);

        const contacted = hosts(leaked());
        assert.ok(!contacted.some((who) => /vimeo/.test(who)), 'Vimeo is not');
    });
}

story('decidim: who chose in the gateway is not asked by Decidim, whose frames appear once everything is accepted', async ({ page }) => {
    for (const [decision, frames] of [['refuse-all', 0], ['accept-all', 2]]) {
        const before = await choice(page);

        await page.goto(site('decidim', '/_choices/?lang=fr'));
        await page.locator(`button[name="decision"][value="${decision}"]`).first().click();
        await kept(page, before);
        await page.waitForLoadState('load');

        await look(page, site('decidim', '/processes/tram'));
        await page.waitForTimeout(300);

        assert.equal(await page.locator('#dc-dialog-wrapper').isVisible(), false, 'its dialog stays closed');
        assert.equal(await page.locator('iframe#youtube, iframe#vimeo').count(), frames);
    }
});

story('monaviscitoyen: withdrawing Google Analytics takes its cookie away, and nothing leaves any more', async ({ page, context }) => {
    await look(page, site('monaviscitoyen'));
    await decide(page, 'accept-all');
    await look(page, site('monaviscitoyen'));
    await until(async () => (await context.cookies()).some((cookie) => cookie.name === '_ga'), 'the cookie was set');

    await page.goto(site('monaviscitoyen', '/_choices/'));
    await page.locator('input[name="service.google-analytics"][value="refuse"]').check({ force: true });
    await page.locator('button[name="decision"][value="save"]').click();
    await page.waitForLoadState('load');
    await page.waitForTimeout(300);

    const before = received().length;
    await look(page, site('monaviscitoyen'));

    assert.deepEqual((await context.cookies()).filter((cookie) => /^_ga/.test(cookie.name)), [], '_ga is gone');
    assert.deepEqual(received().slice(before).filter((line) => /google/.test(line.who)), [], 'no request leaves');
    assert.ok(received().slice(before).some((line) => /facebook/.test(line.host)), 'the others stay');
});

story('montmirail: a refused Matomo hears nothing, an accepted one a masked address', async ({ page, context }) => {
    await context.setExtraHTTPHeaders({ 'X-Forwarded-For': '203.0.113.77' });
    await look(page, site('montmirail'));
    await decide(page, 'accept-all');
    await look(page, site('montmirail', '/agenda'));

    const hits = () => received('matomo').filter((line) => /matomo\.php/.test(line.uri));
    await until(() => hits().length > 0, 'Matomo heard of the visit');
    assert.ok(hits().every((hit) => hit.x_real_ip === '203.0.0.0' && !JSON.stringify(hit).includes('203.0.113.77')), JSON.stringify(hits()));

    await page.goto(site('montmirail', '/_choices/'));
    await page.locator('input[name="service.matomo"][value="refuse"]').check({ force: true });
    await page.locator('button[name="decision"][value="save"]').click();
    await page.waitForLoadState('load');

    const before = hits().length;
    await look(page, site('montmirail', '/agenda'));
    const answer = await page.evaluate(() => fetch('/matomo/matomo.php?idsite=1&rec=1').then((r) => r.status));

    assert.equal(answer, 204, 'a hit of an old page is answered here');
    assert.equal(hits().length, before, 'and goes no further');
    assert.deepEqual((await context.cookies()).filter((cookie) => /^_pk_/.test(cookie.name)), [], 'its cookies are gone');
});

for (const javaScriptEnabled of [true, false]) {
    story(`montmirail, JavaScript ${javaScriptEnabled ? 'on' : 'off'}: one embed, this once`, { javaScriptEnabled }, async ({ page }) => {
        await look(page, site('montmirail'));
        await decide(page, 'refuse-all');

        const frame = page.frameLocator('iframe[data-ngxc="youtube"]').first();
        await frame.getByRole('button', { name: 'Afficher cette fois' }).click();
        await until(() => leaked().some((line) => /youtube/.test(line.host)), 'the video came');

        await page.goto(site('montmirail', '/agenda'));
        await page.goto(site('montmirail', '/_choices/state'));
        assert.match(await page.content(), /"state": ?"none"/, 'and nothing was stored');
    });
}

story('monaviscitoyen: a vote is counted with the whole address', async ({ page, context }) => {
    await context.setExtraHTTPHeaders({ 'X-Forwarded-For': '203.0.113.77' });
    await look(page, site('monaviscitoyen', '/vote'));
    await page.locator('form[action*="vote"] [type="checkbox"]').first().check();
    await page.locator('form[action*="vote"] button').first().click();
    await until(() => received('vote').length > 0, 'the vote came');

    assert.ok(received('vote').some((vote) => JSON.stringify(vote).includes('203.0.113.77')));
});

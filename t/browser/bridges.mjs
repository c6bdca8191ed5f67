// A visitor of a site that has a consent manager of its own. What only that tool holds back is in the pages of bridges.t.

import assert from 'node:assert/strict';
import { story, site, received, until } from './lib/story.mjs';

// How each tool's dialog is found, and how a visitor who accepts everything there does it.
const tools = {
    tarteaucitron: { dialog: '#tarteaucitronAlertBig', ready: () => window.tarteaucitron?.added?.vimeo === true,
        accept: () => tarteaucitron.userInterface.respondAll(true) },
    orejime: { dialog: '.orejime-Banner', ready: () => Boolean(window.orejime),
        accept: () => orejime.manager.acceptAll() },
    klaro: { dialog: '.klaro .cookie-notice', ready: () => Boolean(window.klaro?.getManager && document.querySelector('#klaro')),
        accept: () => { klaro.getManager().changeAll(true); klaro.getManager().saveAndApplyConsents(); } },
    cookieconsent: { dialog: '#cc-main .cm', ready: () => Boolean(window._ccRun),
        accept: () => CookieConsent.acceptCategory('all') },
};

// tarteaucitron waits half a second after the page.
const settled = 700;

const hosts = { youtube: /youtube(?:-nocookie)?\.com$/, vimeo: /vimeo\.com$/ };
const asked = (name, since = 0) => received().slice(since).some((line) => hosts[name].test(line.host));

async function choose(page, tool, answers) {
    await page.goto(site(tool, '/_choices/?lang=fr'));

    for (const [name, answer] of Object.entries(answers)) {
        await page.locator(`input[name="service.${name}"][value="${answer}"]`).check({ force: true });
    }

    await page.locator('button[name="decision"][value="save"]').click();
    await page.waitForURL('**/?saved=*');
}

// A tool needs its time to ask, and to load what it may.
async function look(page, tool) {
    await page.goto(site(tool));
    await page.waitForFunction(tools[tool].ready);
    await page.waitForTimeout(settled);
}

const isOpen = (page, tool) => page.locator(tools[tool].dialog).first().isVisible();

for (const tool of Object.keys(tools)) {
    story(`${tool} asks whoever has not chosen, and loads nothing`, async ({ page }) => {
        await look(page, tool);
        assert.equal(await isOpen(page, tool), true);
        assert.deepEqual([asked('youtube'), asked('vimeo')], [false, false]);
    });

    story(`${tool}: who accepted one service in the gateway is not asked again, and gets that service alone`, async ({ page }) => {
        await choose(page, tool, { youtube: 'accept', vimeo: 'refuse' });
        await look(page, tool);
        assert.equal(await isOpen(page, tool), false, 'the dialog stays closed');
        await until(() => asked('youtube'), 'what was accepted is loaded');
        assert.equal(asked('vimeo'), false, 'what was refused is not');
    });

    story(`${tool}: who refused in the gateway is not asked again, and gets nothing`, async ({ page }) => {
        await choose(page, tool, { youtube: 'refuse', vimeo: 'refuse' });
        await look(page, tool);
        assert.equal(await isOpen(page, tool), false);
        assert.deepEqual([asked('youtube'), asked('vimeo')], [false, false]);
    });

    story(`${tool}: a withdrawal in the gateway is one in the tool`, async ({ page }) => {
        await choose(page, tool, { youtube: 'accept', vimeo: 'accept' });
        await look(page, tool);
        await until(() => asked('youtube') && asked('vimeo'), 'both are loaded');
        await choose(page, tool, { youtube: 'refuse', vimeo: 'refuse' });

        const before = received().length;

        await look(page, tool);
        assert.equal(await isOpen(page, tool), false);
        assert.deepEqual([asked('youtube', before), asked('vimeo', before)], [false, false]);
    });

    story(`${tool}: accepting there alone is no choice, and the next page takes it back`, async ({ page }) => {
        await look(page, tool);
        await page.evaluate(tools[tool].accept);
        await page.waitForTimeout(200);
        await page.goto(site(tool, '/_choices/'));
        await page.goto(site(tool));

        const before = received().length;

        await look(page, tool);
        assert.equal(await isOpen(page, tool), true, 'it asks again');
        assert.deepEqual([asked('youtube', before), asked('vimeo', before)], [false, false]);
    });

    story(`${tool}: accepting more there than in the gateway lasts until the next page`, async ({ page }) => {
        await choose(page, tool, { youtube: 'accept', vimeo: 'refuse' });
        await look(page, tool);
        await page.evaluate(tools[tool].accept);
        await page.waitForTimeout(200);
        await page.goto(site(tool));
        await page.goto('about:blank');

        const before = received().length;

        await look(page, tool);
        assert.equal(await isOpen(page, tool), false);
        assert.deepEqual([asked('youtube', before), asked('vimeo', before)], [true, false]);
    });
}

story('with JavaScript, refusing in the banner closes the dialog of the tool as well', async ({ page }) => {
    await look(page, 'klaro');
    await Promise.all([page.waitForEvent('load'), page.locator('#ngxc-banner button[value="refuse-all"]').click({ force: true })]);
    await page.waitForFunction(tools.klaro.ready);
    await page.waitForTimeout(settled);
    assert.equal(await isOpen(page, 'klaro'), false, 'the dialog is gone');
    assert.deepEqual([asked('youtube'), asked('vimeo')], [false, false]);
});

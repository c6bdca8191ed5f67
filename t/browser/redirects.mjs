// Over plain http no browser says whether it asks for a page or for a frame: a redirect to a refused service leads on from a page alone.

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { story, received, leaked, until } from './lib/story.mjs';

const at = (path) => `http://ville.plain.test${path}`;

for (const options of [{}, { javaScriptEnabled: false }, { browser: 'firefox' }]) {
    const how = options.browser ?? `JavaScript ${options.javaScriptEnabled ?? true ? 'on' : 'off'}`;

    story(`${how}: a frame and an image go nowhere, a visitor where the link leads`, options, async ({ page }) => {
        await page.goto(at('/framing'));
        await until(() => received('site').filter((line) => line.uri === '/out').length >= 2, 'both were asked for');
        await sleep(500);
        assert.deepEqual(received('site').filter((line) => line.dest !== ''), [], 'the browser said nothing');
        assert.deepEqual(leaked(), [], 'and nobody was contacted');

        await page.evaluate(() => document.getElementById('out').click());
        await until(() => leaked().length > 0, 'the visitor was led on');
        await until(() => /youtube/.test(page.url()), 'and is there');
        assert.deepEqual([...new Set(leaked().map((line) => line.uri))].filter((uri) => uri !== '/favicon.ico'), ['/embed/a']);
    });
}

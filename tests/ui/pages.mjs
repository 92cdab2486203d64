// The pages as a technician uses them. The same helpers drive the test depot and a real one.

export class Pages {
  /** @param {import('playwright-core').Page} page @param {string} base the depot's address */
  constructor(page, base) {
    this.page = page;
    this.base = base.replace(/\/$/, '');
  }

  /** Opens a page and waits until it has its data. @param {string} path */
  async open(path) {
    await this.page.goto(this.base + path);
    await this.page.waitForSelector('h1');
  }

  /** Moves inside the pages, without loading anew. @param {string} path */
  async move(path) {
    await this.page.evaluate((to) => {
      const link = document.createElement('a');
      link.href = to;
      document.body.append(link);
      link.click();
      link.remove();
    }, path);
    await this.page.waitForURL((url) => url.pathname + url.search === path);
    await this.page.waitForSelector('h1');
  }

  /** @param {string} user @param {string} password */
  async signIn(user, password) {
    await this.page.fill('input[name=user]', user);
    await this.page.fill('input[name=password]', password);
    await this.page.click('button:has-text("Sign in")');
    await this.page.waitForSelector('header.top, .wall, .problem');
    const problem = await this.page.$('.signin .problem');
    if (problem) throw new Error(`sign-in refused: ${await problem.innerText()}`);
    await this.page.waitForSelector('.badge:has-text("Live")');
  }

  /** The words of the live badge. */
  badge() {
    return this.page.innerText('.badge');
  }

  async waitLive(timeout = 30_000) {
    await this.page.waitForSelector('.badge:has-text("Live")', { timeout });
  }

  /** Old data is grey, whatever it says. The colour follows the words by a frame. @param {boolean} grey */
  async waitGrey(grey) {
    await this.page.waitForFunction((wanted) => getComputedStyle(/** @type {Element} */ (document.querySelector('main'))).filter === wanted, grey ? 'grayscale(1)' : 'none');
  }

  /** Figure on a tile. @param {string} title */
  async tile(title) {
    return Number(await this.page.innerText(`.tile:has-text("${title}") .figure`));
  }

  /** Row or card of a machine. @param {string} id */
  row(id) {
    return this.page.locator(`[data-id="${id}"]`);
  }

  /** The machine page's status word. */
  async statusWord() {
    return (await this.page.innerText('.now .status')).trim();
  }

  /** Asks the depot what it knows, with the page's own session. @param {string} path */
  api(path) {
    return this.page.evaluate(async (where) => {
      const response = await fetch(where);
      if (!response.ok) throw new Error(`${where} answered ${response.status}`);
      return response.json();
    }, `/api/v1${path}`);
  }

  /** The code shown on the approval page, without its gap. */
  async shownCode() {
    return (await this.page.innerText('.short-code.huge')).replace(/\s/g, '');
  }

  /**
   * Approves one machine as a person does: compares, chooses, types the slot.
   * @param {{id: string, code: string, slot: string, image?: string, backup?: string}} wanted
   */
  async approve({ id, code, slot, image, backup }) {
    const { page } = this;
    await this.move(`/approve?ids=${encodeURIComponent(id)}`);
    await page.waitForSelector('.short-code.huge');
    const shown = await this.shownCode();
    if (shown !== code.replace(/\s/g, '')) throw new Error(`the page shows code ${shown}, the machine ${code}`);
    await page.check('input[name=compared]');
    await page.fill('input[name=slot]', slot);
    await choose(page, 'image', image);
    await choose(page, 'backup', backup);
    await page.fill('input[name=intent]', slot);
    await page.click('button[name=approve]');
    await page.waitForSelector('.results');
    const refused = await page.$('.results .tone-attention');
    if (refused) throw new Error(`approval refused: ${await refused.innerText()}`);
  }
}

/** Picks by id or by part of the name; without a wish the page's own choice stays, or the first real one. */
async function choose(page, name, wish) {
  const select = page.locator(`select[name=${name}]`);
  await page.waitForFunction((field) => document.querySelector(`select[name=${field}]`)?.options.length > 1, name, { timeout: 10_000 })
    .catch(() => { throw new Error(`the page offers nothing to choose as ${name}`); });
  if (wish === undefined && await select.inputValue()) return;
  const options = await select.locator('option').evaluateAll((list) => list.map((option) => ({ value: option.value, text: option.textContent ?? '' })));
  const found = options.find((option) => option.value && (wish === undefined || option.value === wish || option.text.includes(wish)));
  if (!found) throw new Error(`no ${name} matches ${wish}; offered: ${options.map((option) => option.text).join(', ')}`);
  await select.selectOption(found.value);
}

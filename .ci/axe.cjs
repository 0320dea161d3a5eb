// node axe.cjs PAGE...: fails on what axe-core calls serious or critical, on what a page says on the console, on a request for
// anything but the page, and where a telephone would have to be moved sideways.
const { chromium } = require('playwright-core')
const fs = require('fs')
const path = require('path')
const { pathToFileURL } = require('url')
const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8')

async function look(browser, file) {
  const faults = []
  const address = pathToFileURL(file).href
  const context = await browser.newContext({ colorScheme: 'light', viewport: { width: 390, height: 800 } })
  const page = await context.newPage()
  page.on('console', message => faults.push('console: ' + message.text()))
  page.on('pageerror', error => faults.push('error: ' + error))
  page.on('request', request => {
    const url = request.url()
    if (url !== address && !url.startsWith('data:')) faults.push('request: ' + url)
  })
  await page.goto(address)
  const [width, room] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth])
  if (width > room) faults.push(`${width} pixels wide, of ${room}`)
  await page.evaluate(axe)
  const light = await page.evaluate(() => axe.run(document, { preload: false, resultTypes: ['violations'] }))
  await page.emulateMedia({ colorScheme: 'dark' }) // which changes colours alone
  const dark = await page.evaluate(() => axe.run(document, { preload: false, resultTypes: ['violations'], runOnly: ['color-contrast'] }))
  if (light.passes.length === 0 || dark.passes.length === 0) faults.push('axe-core checked nothing')
  for (const v of [...light.violations, ...dark.violations]) {
    const text = `${v.impact} ${v.id}: ${v.help}: ${v.nodes.length} times, ${v.nodes[0].html.slice(0, 200)}`
    if (v.impact === 'serious' || v.impact === 'critical') faults.push(text)
    else console.log(`   ${text}`)
  }
  await context.close()
  console.log(`${faults.length ? 'FAILED' : 'ok'} ${path.basename(file)}: ${light.passes.length} rules`)
  for (const fault of faults) console.log('   ' + fault)
  return faults.length
}

(async () => {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox'] })
  let faults = 0
  for (const file of process.argv.slice(2)) faults += await look(browser, file)
  await browser.close()
  process.exitCode = faults ? 1 : 0
})().catch(error => {
  console.error(error)
  process.exitCode = 1
})

// How the tests and the pictures start the browser: the system's Chromium,
// which asks nothing of the network.

export const launch = {
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
}

export const views = {
  wide: { width: 1280, height: 800 },
  phone: { width: 390, height: 844 },
}

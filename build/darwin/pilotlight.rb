# Homebrew's cask of Pilotlight. build/darwin/app.sh fills in what stands
# between @ signs.
cask "pilotlight" do
  version "@VERSION@"
  sha256 "@SHA256@"

  url "@URL@"
  name "Pilotlight"
  desc "Keeps a local model warm and remembers every load and fallback"
  homepage "@HOMEPAGE@"

  depends_on macos: ">= :monterey"

  app "Pilotlight.app"
  binary "#{appdir}/Pilotlight.app/Contents/MacOS/pilotlight"

  uninstall quit:      ["app.pilotlight.dashboard", "app.pilotlight"],
            launchctl: "app.pilotlight"

  zap trash: [
    "~/Library/Application Support/Pilotlight",
    "~/Library/Caches/app.pilotlight.dashboard",
    "~/Library/HTTPStorages/app.pilotlight.dashboard",
    "~/Library/LaunchAgents/app.pilotlight.plist",
    "~/Library/Preferences/app.pilotlight.dashboard.plist",
    "~/Library/Saved Application State/app.pilotlight.dashboard.savedState",
    "~/Library/WebKit/app.pilotlight.dashboard",
  ]
end

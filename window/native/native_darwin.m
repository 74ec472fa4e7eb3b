//go:build desktop

#import <Cocoa/Cocoa.h>
#import <WebKit/WebKit.h>

static WKWebView *findView(NSView *view) {
	if ([view isKindOfClass:[WKWebView class]]) {
		return (WKWebView *)view;
	}
	for (NSView *child in view.subviews) {
		WKWebView *found = findView(child);
		if (found != nil) {
			return found;
		}
	}
	return nil;
}

void pilotlight_zoom(double factor) {
	dispatch_async(dispatch_get_main_queue(), ^{
		for (NSWindow *window in NSApp.windows) {
			findView(window.contentView).pageZoom = factor;
		}
	});
}

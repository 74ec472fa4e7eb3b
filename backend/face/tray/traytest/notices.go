package traytest

import (
	"fmt"

	"github.com/godbus/dbus/v5"
)

// Notice is one that a program asked the desktop to show.
type Notice struct{ App, Title, Text string }

// Notices is a desktop's notification service (freedesktop.org, Desktop
// Notifications Specification 1.2).
type Notices struct {
	// Shown brings every notice; a service that nobody reads takes 64 of them
	// and then hangs, as a stuck desktop does.
	Shown chan Notice
	conn  *dbus.Conn
}

// NewNotices takes the service's name on a bus.
func NewNotices(b *Bus) (*Notices, error) {
	conn, err := dbus.Connect(b.Address)
	if err != nil {
		return nil, fmt.Errorf("connect to the bus: %w", err)
	}
	n := &Notices{Shown: make(chan Notice, 64), conn: conn}
	const name, path = "org.freedesktop.Notifications", "/org/freedesktop/Notifications"
	if err := conn.Export(service{n}, path, name); err != nil {
		conn.Close()
		return nil, err
	}
	if reply, err := conn.RequestName(name, dbus.NameFlagDoNotQueue); err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
		conn.Close()
		return nil, fmt.Errorf("take the name %s: %v %w", name, reply, err)
	}
	return n, nil
}

// Close gives the name back.
func (n *Notices) Close() { n.conn.Close() }

// service is what the bus may call.
type service struct{ n *Notices }

// Notify shows a notice.
func (s service) Notify(app string, _ uint32, _, title, text string, _ []string, _ map[string]dbus.Variant, _ int32) (uint32, *dbus.Error) {
	s.n.Shown <- Notice{app, title, text}
	return 1, nil
}

// GetCapabilities names nothing beyond the least.
func (service) GetCapabilities() ([]string, *dbus.Error) { return []string{"body"}, nil }

// GetServerInformation names the service.
func (service) GetServerInformation() (name, vendor, version, spec string, _ *dbus.Error) {
	return "traytest", "pilotlight", "1", "1.2", nil
}

// CloseNotification has nothing to take down.
func (service) CloseNotification(uint32) *dbus.Error { return nil }

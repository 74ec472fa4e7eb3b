package traytest

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/godbus/dbus/v5/introspect"
	"github.com/godbus/dbus/v5/prop"
)

const (
	watcherName = "org.kde.StatusNotifierWatcher"
	watcherPath = "/StatusNotifierWatcher"
	itemName    = "org.kde.StatusNotifierItem"
)

const watcherXML = `<node><interface name="` + watcherName + `">
<method name="RegisterStatusNotifierItem"><arg type="s" direction="in"/></method>
<method name="RegisterStatusNotifierHost"><arg type="s" direction="in"/></method>
<property name="IsStatusNotifierHostRegistered" type="b" access="read"/>
<property name="ProtocolVersion" type="i" access="read"/>
<property name="RegisteredStatusNotifierItems" type="as" access="read"/>
</interface></node>`

// Watcher is what a panel offers to icons on the bus.
type Watcher struct {
	conn  *dbus.Conn
	items chan *Icon
}

// NewWatcher connects to the bus and takes the panel's place.
func NewWatcher(b *Bus) (*Watcher, error) {
	conn, err := dbus.Connect(b.Address)
	if err != nil {
		return nil, fmt.Errorf("connect to the test's bus: %w", err)
	}
	w := &Watcher{conn: conn, items: make(chan *Icon, 16)}
	if err := w.export(); err != nil {
		conn.Close()
		return nil, err
	}
	return w, nil
}

func (w *Watcher) export() error {
	err := w.conn.Export(desk{w}, watcherPath, watcherName)
	if err == nil {
		_, err = prop.Export(w.conn, watcherPath, prop.Map{watcherName: {
			"IsStatusNotifierHostRegistered": {Value: true, Emit: prop.EmitTrue},
			"ProtocolVersion":                {Value: int32(0), Emit: prop.EmitTrue},
			"RegisteredStatusNotifierItems":  {Value: []string{}, Emit: prop.EmitTrue},
		}})
	}
	if err == nil {
		err = w.conn.Export(introspect.Introspectable(watcherXML), watcherPath, "org.freedesktop.DBus.Introspectable")
	}
	if err != nil {
		return fmt.Errorf("offer the watcher: %w", err)
	}
	got, err := w.conn.RequestName(watcherName, dbus.NameFlagDoNotQueue)
	if err != nil || got != dbus.RequestNameReplyPrimaryOwner {
		return fmt.Errorf("take the name %s: %v %v", watcherName, got, err) //nolint:errorlint // err may be nil
	}
	return nil
}

// Close leaves the bus, as a panel that ended.
func (w *Watcher) Close() { w.conn.Close() }

// Next waits for an icon to register.
func (w *Watcher) Next(patience time.Duration) (*Icon, error) {
	select {
	case i := <-w.items:
		return i, nil
	case <-time.After(patience):
		return nil, errors.New("no icon registered")
	}
}

// desk holds the methods that are offered on the bus, and no others.
type desk struct{ w *Watcher }

// RegisterStatusNotifierItem is called by an icon: with the path of its object
// (libayatana-appindicator), or with the name of its bus (KDE).
func (d desk) RegisterStatusNotifierItem(sender dbus.Sender, service string) *dbus.Error {
	owner, path := string(sender), service
	if !strings.HasPrefix(service, "/") {
		owner, path = service, "/StatusNotifierItem"
	}
	select {
	case d.w.items <- &Icon{conn: d.w.conn, owner: owner, obj: d.w.conn.Object(owner, dbus.ObjectPath(path))}:
	default: // nobody asks for so many
	}
	return nil
}

// RegisterStatusNotifierHost is called by panels.
func (desk) RegisterStatusNotifierHost(string) *dbus.Error { return nil }

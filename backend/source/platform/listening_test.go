package platform

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
)

// heading is the first line of both tables.
const heading = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"

func TestTCPTable(t *testing.T) {
	t.Parallel()
	row := func(local, state string) string {
		return fmt.Sprintf("   0: %s 00000000:0000 %s 00000000:00000000 00:00000000 00000000  1000        0 12345 1 0 100 0 0 10 0\n", local, state)
	}
	const port = 1234 // 04D2
	for name, c := range map[string]struct{ table, want string }{
		"nobody":             {heading, ""},
		"loopback":           {heading + row("0100007F:04D2", "0A"), "127.0.0.1"},
		"all":                {heading + row("00000000:04D2", "0A"), "0.0.0.0"},
		"one of the network": {heading + row("0501A8C0:04D2", "0A"), "192.168.1.5"},
		"another port":       {heading + row("00000000:04D3", "0A"), ""},
		"a connection of it": {heading + row("00000000:04D2", "01"), ""},
		"both":               {heading + row("0100007F:04D2", "0A") + row("00000000:04D2", "0A"), "127.0.0.1 0.0.0.0"},
		"v6 all":             {heading + row("00000000000000000000000000000000:04D2", "0A"), "::"},
		"v6 loopback":        {heading + row("00000000000000000000000001000000:04D2", "0A"), "::1"},
		"v4 in v6":           {heading + row("0000000000000000FFFF00000100007F:04D2", "0A"), "::ffff:127.0.0.1"},
		"cut off":            {heading + "   0: 00000000:04", ""},
		"no address":         {heading + row("zz:04D2", "0A"), ""},
		"an odd length":      {heading + row("0000007F01:04D2", "0A"), ""},
		"no port":            {heading + row("00000000", "0A"), ""},
		"binary":             {"\x00\xff\x00 \n\n\n", ""},
	} {
		if got := strings.Trim(fmt.Sprint(tcpTable(strings.NewReader(c.table), port)), "[]"); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestLsof(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, want string }{
		"nobody":          {"", ""},
		"all":             {"p812\nf23\nn*:1234\n", "::"},
		"loopback":        {"p812\nf23\nn127.0.0.1:1234\nf24\nn[::1]:1234\n", "127.0.0.1 ::1"},
		"with a zone":     {"p1\nf3\nn[fe80::1%lo0]:1234\n", "fe80::1"},
		"another port":    {"p1\nf3\nn*:11234\nn127.0.0.1:12345\n", ""},
		"a connection":    {"p1\nf3\nn127.0.0.1:1234->127.0.0.1:9\n", ""},
		"not an address":  {"p1\nf3\nnlocalhost:1234\n", ""},
		"carriage return": {"p1\r\nn*:1234\r\n", "::"},
	} {
		if got := strings.Trim(fmt.Sprint(lsofAddresses(c.text, 1234)), "[]"); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestWhatIsReachedFromTheNetwork(t *testing.T) {
	t.Parallel()
	for addresses, want := range map[string]string{
		"": "nobody", "127.0.0.1": "loopback", "::1": "loopback", "127.0.0.1 ::1": "loopback", "::ffff:127.0.0.1": "loopback",
		"0.0.0.0": "all", "::": "all", "127.0.0.1 ::": "all", "192.168.1.5": "all",
	} {
		var at []netip.Addr
		for a := range strings.FieldsSeq(addresses) {
			at = append(at, netip.MustParseAddr(a))
		}
		got := "nobody"
		if l := listening("lmstudio", "test", at); l != nil {
			got = map[bool]string{true: "all", false: "loopback"}[l.All]
			if l.Server != "lmstudio" || l.Source != "test" || l.Token != nil {
				t.Errorf("%s: got %+v", addresses, l)
			}
		}
		if got != want {
			t.Errorf("%q: got %s, want %s", addresses, got, want)
		}
	}
}

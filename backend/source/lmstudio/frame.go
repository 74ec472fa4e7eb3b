package lmstudio

import (
	"crypto/rand"
	"encoding/json"
	"regexp"
)

// The frames of the WebSocket API, text JSON, as captured from LM Studio's SDK
// 1.5.0 and read in lmstudio-js (lms-communication). Unknown types and members
// are ignored: newer versions add some.

// hello is the first frame of a connection.
type hello struct {
	AuthVersion      int    `json:"authVersion"`
	ClientIdentifier string `json:"clientIdentifier"`
	ClientPasskey    string `json:"clientPasskey"`
}

// tokenForm is an API token's (LM Studio docs, authentication).
var tokenForm = regexp.MustCompile(`^sk-lm-([A-Za-z0-9]{8}):([A-Za-z0-9]{20})$`)

// newHello identifies by the token's halves. Where authentication is off any
// pair will do, and a random one cannot collide with another client's.
func newHello(token string) hello {
	h := hello{AuthVersion: 1, ClientIdentifier: rand.Text(), ClientPasskey: rand.Text()}
	if m := tokenForm.FindStringSubmatch(token); m != nil {
		h.ClientIdentifier, h.ClientPasskey = m[1], m[2]
	}
	return h
}

// rpcCall asks one thing. A parameter that is not wanted must be left out: {}
// is refused.
type rpcCall struct {
	Type      string `json:"type"` // rpcCall
	Endpoint  string `json:"endpoint"`
	CallID    int    `json:"callId"`
	Parameter any    `json:"parameter,omitempty"`
}

// channelCreate opens a channel, on which the server sends until it closes it.
type channelCreate struct {
	Type              string `json:"type"` // channelCreate
	Endpoint          string `json:"endpoint"`
	ChannelID         int    `json:"channelId"`
	CreationParameter any    `json:"creationParameter"`
}

type channelAck struct {
	Type      string `json:"type"` // channelAck
	ChannelID int    `json:"channelId"`
	AckID     int    `json:"ackId"`
}

type bareFrame struct {
	Type string `json:"type"`
}

// incoming is any frame from the server.
type incoming struct {
	Type      string          `json:"type"`
	CallID    *int            `json:"callId"`
	ChannelID *int            `json:"channelId"`
	AckID     *int            `json:"ackId"`
	Result    json.RawMessage `json:"result"`
	Error     json.RawMessage `json:"error"`
	Message   json.RawMessage `json:"message"`
	Warning   looseString     `json:"warning"`
}

// specifier names an instance by its id.
type specifier struct {
	Type  string `json:"type"` // query
	Query struct {
		Identifier string `json:"identifier"`
	} `json:"query"`
}

func byID(id string) specifier {
	s := specifier{Type: "query"}
	s.Query.Identifier = id
	return s
}

// configStack is the form of a load's settings.
type configStack struct {
	Layers []configLayer `json:"layers"`
}

type configLayer struct {
	LayerName string `json:"layerName"`
	Config    struct {
		Fields []configField `json:"fields"`
	} `json:"config"`
}

type configField struct {
	Key   string `json:"key"`
	Value any    `json:"value"`
}

// loadConfig is the settings of a load that a person chose; everything else
// stays LM Studio's own choice.
func loadConfig(contextLength *int) configStack {
	l := configLayer{LayerName: "apiOverride"}
	l.Config.Fields = []configField{}
	if contextLength != nil {
		l.Config.Fields = append(l.Config.Fields, configField{"llm.load.contextLength", *contextLength})
	}
	return configStack{Layers: []configLayer{l}}
}

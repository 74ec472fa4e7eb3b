package client

import (
	"net/url"
	"strconv"

	"pilotlight/backend"
)

// loadsQuery writes a query with its question mark, or nothing.
func loadsQuery(q backend.LoadQuery) string {
	v := url.Values{}
	set := func(key, value string) {
		if value != "" {
			v.Set(key, value)
		}
	}
	if q.Since != nil {
		set("since", q.Since.String())
	}
	if q.Until != nil {
		set("until", q.Until.String())
	}
	if q.Before != 0 {
		set("before", strconv.FormatInt(q.Before, 10))
	}
	if q.Limit != 0 {
		set("limit", strconv.Itoa(q.Limit))
	}
	set("server", q.Server)
	set("model", q.Model)
	set("event", string(q.Event))
	set("cause", string(q.Cause))
	if len(v) == 0 {
		return ""
	}
	return "?" + v.Encode()
}

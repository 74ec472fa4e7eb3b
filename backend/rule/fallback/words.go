package fallback

import (
	"fmt"
	"strings"
	"time"

	"pilotlight/backend"
)

// short is the last part of a model's name: what a person calls it.
func short(ref string) string {
	if i := strings.LastIndexByte(ref, '/'); i >= 0 && i+1 < len(ref) {
		ref = ref[i+1:]
	}
	return clip(ref, 60)
}

// clock is a moment as a person reads it, with its date where that is another
// day than the one they read about.
func clock(t, about time.Time) string {
	t, about = t.Local(), about.Local()
	if t.YearDay() == about.YearDay() && t.Year() == about.Year() {
		return t.Format("15:04")
	}
	return t.Format("2 Jan 15:04")
}

// seconds writes a length of time as people say it: 8 s, 74 s, 2 min 30 s, 14 min, 1 h 5 min.
func seconds(s float64) string {
	d := time.Duration(s * float64(time.Second)).Round(time.Second)
	switch {
	case s < 1:
		return "less than a second"
	case d < 100*time.Second:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < 10*time.Minute && d%time.Minute != 0:
		return fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60)
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Round(time.Minute).Minutes()))
	}
	d = d.Round(time.Minute)
	if m := int(d.Minutes()) % 60; m > 0 {
		return fmt.Sprintf("%d h %d min", int(d.Hours()), m)
	}
	return fmt.Sprintf("%d h", int(d.Hours()))
}

// thousands writes 13055 as 13,055.
func thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// tokensWord writes a context length as people do: 8192 is 8k.
func tokensWord(n int) string {
	switch {
	case n < 1000:
		return fmt.Sprint(n)
	case n < 1_000_000:
		return fmt.Sprintf("%dk", n/1000)
	}
	return fmt.Sprintf("%.3gM", float64(n/100_000)/10)
}

func gigabytesWord(bytes int64) string { return fmt.Sprintf("%.0f GB", float64(bytes)/(1<<30)) }

// upper begins a sentence.
func upper(s string) string {
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return s
	}
	return string(s[0]-'a'+'A') + s[1:]
}

// times is "once", "3 times".
func times(n int) string {
	switch n {
	case 1:
		return "once"
	case 2:
		return "twice"
	}
	return fmt.Sprintf("%d times", n)
}

// memoryWord is a reading of the machine's memory in words.
func memoryWord(m backend.Memory) string {
	s := fmt.Sprintf("%s of %s in use", strings.TrimSuffix(gigabytesWord(m.UsedBytes), " GB"), gigabytesWord(m.TotalBytes))
	if m.Pressure != nil {
		s += " · pressure " + clip(*m.Pressure, 20)
	}
	if m.SwapUsedBytes != nil && *m.SwapUsedBytes > 1<<30 {
		s += " · " + gigabytesWord(*m.SwapUsedBytes) + " swapped out"
	}
	return s
}

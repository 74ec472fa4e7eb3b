package fallback

import (
	"fmt"

	"pilotlight/backend"
)

// Headline says in one sentence what became of a run: who answered instead of
// whom, and how late. names gives what a person calls "provider/model"; nil, or
// an answer of "", takes the last part of the model's name.
func Headline(f backend.Fallback, names func(ref string) string) string {
	call := func(ref, none string) string {
		if ref == "" {
			return none
		}
		if names != nil {
			if n := clip(names(ref), 60); n != "" {
				return n
			}
		}
		return short(ref)
	}
	asked := call(f.Requested, "the first model")
	switch f.Outcome {
	case backend.FellBack:
		who := "Another model"
		if f.Answered != nil {
			who = call(*f.Answered, who)
		}
		return fmt.Sprintf("%s answered instead of %s%s", who, asked, late(f.LostSeconds, ", ", " late"))
	case backend.Exhausted:
		others := ""
		if n := len(f.Attempts) - 1; n == 1 {
			others = " and 1 other model"
		} else if n > 1 {
			others = fmt.Sprintf(" and %d other models", n)
		}
		return fmt.Sprintf("Nobody answered: %s%s failed%s", asked, others, late(f.LostSeconds, ", after ", ""))
	case backend.Stopped:
		return fmt.Sprintf("Nobody answered: %s failed and the run ended%s", asked, late(f.LostSeconds, " after ", ""))
	case backend.ErrorAsReply:
		return fmt.Sprintf("Your agent sent the error as its reply: %s failed%s", asked, late(f.LostSeconds, ", after ", ""))
	}
	return asked + " did not answer"
}

func late(s *float64, before, after string) string {
	if s == nil || *s < 1 {
		return ""
	}
	return before + seconds(*s) + after
}

package json5_test

import (
	"errors"
	"fmt"

	"pilotlight/backend/json5"
)

func Example() {
	d, err := json5.Parse([]byte(`{
  model: {
    primary: 'lmstudio/a', // at home
    fallbacks: ['cloud/b'], // costs money
  },
}
`))
	if err != nil {
		var e *json5.Error
		if errors.As(err, &e) {
			fmt.Printf("%v\n%s\n", e, e.Caret())
		}
		return
	}
	p, err := json5.ParsePath("model.fallbacks")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, err := range []error{
		d.Set(json5.Path{"model", "primary"}, "lmstudio/c"),
		d.Insert(p, 0, "lmstudio/a"),
		d.Set(json5.Path{"models", "lmstudio/c", "alias"}, "c"),
	} {
		if err != nil {
			fmt.Println(err)
			return
		}
	}
	fmt.Printf("%s", d.Bytes())
	// Output:
	// {
	//   model: {
	//     primary: 'lmstudio/c', // at home
	//     fallbacks: ['lmstudio/a', 'cloud/b'], // costs money
	//   },
	//   models: {
	//     'lmstudio/c': {
	//       alias: 'c',
	//     },
	//   },
	// }
}

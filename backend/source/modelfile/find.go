package modelfile

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// maxEntries bounds what is read of one folder.
const maxEntries = 4096

// shard is the name of a part of a GGUF file that was split.
var shard = regexp.MustCompile(`^(.*)-(\d{5})-of-(\d{5})\.gguf$`)

// file is something that holds a model: a GGUF file (the first of its parts), or
// the config.json of a folder.
type file struct {
	path string
	size int64 // of all the parts, or of the weights in the folder
	all  int64 // of everything in the folder
}

// Find is the file that tells of a model: the one at path below a folder of
// models, as LM Studio names it, which may be a GGUF file or a folder. Where a
// folder holds several, the one of that many bytes counts; size 0 is not known.
// false when there is none, or no telling which.
func Find(models, path string, size int64) (string, bool) {
	if models == "" || path == "" || !filepath.IsLocal(path) {
		return "", false
	}
	full := filepath.Join(models, path)
	info, err := os.Stat(full)
	if err != nil {
		return "", false
	}
	if info.Mode().IsRegular() {
		return full, strings.HasSuffix(full, ".gguf")
	}
	if !info.IsDir() {
		return "", false
	}
	return pick(filesIn(full), size)
}

// pick chooses among what a folder holds.
func pick(files []file, size int64) (string, bool) {
	for _, f := range files {
		if size > 0 && (f.size == size || f.all == size) {
			return f.path, true
		}
	}
	if len(files) == 1 {
		return files[0].path, true
	}
	return "", false
}

// BySize finds models by the size of their files, to the byte: LM Studio names
// those of its catalogue by a key that says nothing of where they lie. It looks
// into publisher/model folders, two levels deep as LM Studio makes them. of is
// what is looked for, the bytes by key; the answer is by key too.
func BySize(models string, of map[string]int64) map[string]string {
	found := map[string]string{}
	if models == "" || len(of) == 0 {
		return found
	}
	for _, publisher := range folders(models) {
		for _, repo := range folders(publisher) {
			for _, f := range filesIn(repo) {
				for key, size := range of {
					if _, known := found[key]; !known && size > 0 && (f.size == size || f.all == size) {
						found[key] = f.path
					}
				}
			}
		}
	}
	return found
}

func folders(dir string) []string {
	var list []string
	for _, e := range entries(dir) {
		path := filepath.Join(dir, e.Name())
		if info, err := os.Stat(path); err == nil && info.IsDir() { // a link to another disk too
			list = append(list, path)
		}
	}
	return list
}

func entries(dir string) []fs.DirEntry {
	d, err := os.Open(dir)
	if err != nil {
		return nil
	}
	defer d.Close()
	list, _ := d.ReadDir(maxEntries) // what was read before an error has to do
	return list
}

// filesIn are the models that a folder holds.
func filesIn(dir string) []file {
	var ggufs []file
	parts := map[string]int{} // by the name that the parts share
	var weights, all, eyes int64
	config := ""
	for _, e := range entries(dir) {
		name, path := e.Name(), filepath.Join(dir, e.Name())
		info, err := os.Stat(path)
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		all += info.Size()
		switch {
		case name == "config.json":
			config = path
		case strings.HasSuffix(name, ".safetensors"):
			weights += info.Size()
		case !strings.HasSuffix(name, ".gguf"):
		case strings.Contains(strings.ToLower(name), "mmproj"):
			eyes += info.Size()
		default:
			ggufs = addGGUF(ggufs, parts, name, path, info.Size())
		}
	}
	for i := range ggufs {
		ggufs[i].all = ggufs[i].size + eyes // LM Studio counts what lets the model see
	}
	if config != "" && weights > 0 {
		ggufs = append(ggufs, file{path: config, size: weights, all: all})
	}
	return ggufs
}

// addGGUF adds a file, or a part to its first one.
func addGGUF(list []file, parts map[string]int, name, path string, size int64) []file {
	m := shard.FindStringSubmatch(name)
	if m == nil {
		return append(list, file{path: path, size: size})
	}
	whole := m[1] + "-" + m[3]
	at, known := parts[whole]
	if !known {
		at = len(list)
		parts[whole] = at
		list = append(list, file{path: filepath.Join(filepath.Dir(path), m[1]+"-00001-of-"+m[3]+".gguf")})
	}
	list[at].size += size
	return list
}

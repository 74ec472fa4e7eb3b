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

// File tells of a model: a GGUF file, the first of its parts where it has
// several, or the config.json in a folder of weights.
type File struct {
	Path  string
	Bytes int64 // of all its parts, or of the weights in the folder
	all   int64 // of everything that belongs to it
}

// Find is the file that tells of a model: the one at path below a folder of
// models, as LM Studio names it, which may be a GGUF file or a folder. Where a
// folder holds several, the one of that many bytes counts; size 0 is not known.
// false when there is none, or no telling which.
func Find(models, path string, size int64) (File, bool) {
	if models == "" || path == "" || !filepath.IsLocal(path) {
		return File{}, false
	}
	full := filepath.Join(models, path)
	info, err := os.Stat(full)
	switch {
	case err != nil:
	case info.IsDir():
		return pick(filesIn(full), size)
	case info.Mode().IsRegular():
		for _, f := range filesIn(filepath.Dir(full)) {
			if f.Path == firstPart(full) {
				return f, true
			}
		}
	}
	return File{}, false
}

// firstPart is the first part of a GGUF file in parts, else the file itself.
func firstPart(path string) string {
	if m := shard.FindStringSubmatch(filepath.Base(path)); m != nil {
		return filepath.Join(filepath.Dir(path), m[1]+"-00001-of-"+m[3]+".gguf")
	}
	return path
}

// pick chooses among what a folder holds.
func pick(files []File, size int64) (File, bool) {
	for _, f := range files {
		if f.has(size) {
			return f, true
		}
	}
	if len(files) == 1 {
		return files[0], true
	}
	return File{}, false
}

// has says whether it is of that many bytes. LM Studio counts beside the weights
// what lets a model see.
func (f File) has(size int64) bool { return size > 0 && (f.Bytes == size || f.all == size) }

// BySize finds models by the size of their files, to the byte: LM Studio names
// those of its catalogue by a key that says nothing of where they lie. It looks
// into publisher/model folders, two levels deep as LM Studio makes them. of is
// what is looked for, the bytes by key; the answer is by key too.
func BySize(models string, of map[string]int64) map[string]File {
	found := map[string]File{}
	if models == "" || len(of) == 0 {
		return found
	}
	for _, publisher := range folders(models) {
		for _, repo := range folders(publisher) {
			for _, f := range filesIn(repo) {
				for key, size := range of {
					if _, known := found[key]; !known && f.has(size) {
						found[key] = f
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
func filesIn(dir string) []File {
	var ggufs []File
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
		ggufs[i].all = ggufs[i].Bytes + eyes
	}
	if config != "" && weights > 0 {
		ggufs = append(ggufs, File{Path: config, Bytes: weights, all: all})
	}
	return ggufs
}

// addGGUF adds a file, or a part to its first one.
func addGGUF(list []File, parts map[string]int, name, path string, size int64) []File {
	if !shard.MatchString(name) {
		return append(list, File{Path: path, Bytes: size})
	}
	first := firstPart(path)
	at, known := parts[first]
	if !known {
		at = len(list)
		parts[first] = at
		list = append(list, File{Path: first})
	}
	list[at].Bytes += size
	return list
}

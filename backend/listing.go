package backend

// ServerModel is a model in a list over all servers: the model and the id of
// the server that has it.
type ServerModel struct {
	Server string `json:"server" doc:"The server's id"`
	Model
}

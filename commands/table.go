package commands

func tableCommands() []Command {
	return []Command{}
}

package commands

func auditCommands() []Command {
	return []Command{}
}

using Pyro.Cli;

return args is ["push", ..]
    ? await ClientCommands.Run(args)
    : await Server.Run(args);

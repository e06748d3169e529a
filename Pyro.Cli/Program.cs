using Pyro.Cli;

return args is ["push" or "blocks", ..]
    ? await ClientCommands.Run(args)
    : await Server.Run(args);

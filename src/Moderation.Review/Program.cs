// Starts the review UI in the browser.
using Microsoft.AspNetCore.Components.Web;
using Microsoft.AspNetCore.Components.WebAssembly.Hosting;
using Moderation.Review;
using Moderation.Review.Cases;
using Moderation.Review.Keyboard;
using Moderation.Review.Player;
using Moderation.Review.Shell;
using Moderation.Review.Wire;

var builder = WebAssemblyHostBuilder.CreateDefault(args);
builder.RootComponents.Add<App>("#app");
builder.RootComponents.Add<HeadOutlet>("head::after");
builder.Services.AddSingleton(TimeProvider.System);
builder.Services.AddSingleton(new HttpClient { BaseAddress = new Uri(builder.HostEnvironment.BaseAddress) });
builder.Services.AddSingleton<Api>();
builder.Services.AddSingleton<Desk>();
builder.Services.AddSingleton<Drafts>();
builder.Services.AddSingleton<Notices>();
builder.Services.AddSingleton<Zone>();
builder.Services.AddSingleton<Page>();
builder.Services.AddSingleton<KeyListener>();
builder.Services.AddSingleton<Shortcuts>();
builder.Services.AddSingleton<EvidenceScripts>();
await builder.Build().RunAsync();

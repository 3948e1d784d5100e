// Starts the review UI in the browser.
using Microsoft.AspNetCore.Components.WebAssembly.Hosting;

await WebAssemblyHostBuilder.CreateDefault(args).Build().RunAsync();

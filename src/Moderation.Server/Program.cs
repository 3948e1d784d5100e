// Starts the server in the role that was asked for: api answers requests, worker runs consumers and jobs, all does both.
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.EntityFrameworkCore;
using Moderation.Data;
using Moderation.Features.Accounts;
using Moderation.Features.Audit;
using Moderation.Features.Delivery;
using Moderation.Features.Enforcement;
using Moderation.Features.Http;
using Moderation.Features.Intake;
using Moderation.Features.Legal;
using Moderation.Features.Opening;
using Moderation.Features.Risk;
using Moderation.Features.Staff;
using Moderation.Features.Storage;
using Moderation.Features.Triage;
using Moderation.Server;

// Started from elsewhere, the server still finds the settings that lie beside it.
var builder = WebApplication.CreateBuilder(
    new WebApplicationOptions
    {
        Args = args,
        ContentRootPath = File.Exists("appsettings.json") ? null : AppContext.BaseDirectory,
    }
);
builder.WebHost.UseStaticWebAssets();
builder.WebHost.ConfigureKestrel(kestrel =>
{
    kestrel.AddServerHeader = false;
    SlowClients.Bound(kestrel.Limits, new Limits(builder.Configuration));
});
var role = ServerRole.From(builder.Configuration["Role"]);

builder.Services.AddSingleton(TimeProvider.System);
builder.Services.AddDbContextPool<ModerationDb>(
    (services, options) =>
        options.UseModeration(
            services.GetRequiredService<IConfiguration>().GetConnectionString("Moderation")
                ?? throw new InvalidOperationException("ConnectionStrings:Moderation is not set.")
        )
);
builder.Services.ConfigureHttpJsonOptions(json =>
{
    json.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
    json.SerializerOptions.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
    json.SerializerOptions.RespectNullableAnnotations = true;
    json.SerializerOptions.RespectRequiredConstructorParameters = true;
    json.SerializerOptions.Converters.Add(new UtcMilliseconds());
});
builder.Services.Configure<RouteHandlerOptions>(o => o.ThrowOnBadRequest = true);
builder.Services.AddProblemDetails();
builder.Services.AddSingleton<Limits>();
builder.Services.AddSingleton<RateWindows>();
builder.Services.AddSingleton<RateLimits>();
ApiDescription.Add(builder.Services);
builder.Services.AddStaff();
builder.Services.AddOpening();
builder.Services.AddTriage();
builder.Services.AddDecisions(role.RunsWork);
builder.Services.AddStorage();
builder.Services.AddAccounts();
builder.Services.AddIntake();
builder.Services.AddLegal(role.ServesRequests);
builder.Services.AddRisk();
builder.Services.AddEnforcement();
builder.Services.AddAudit(role.RunsWork);
builder.Services.AddSchedule(role.RunsWork);

// Last: it hands events to the consumers that are registered by now.
builder.Services.AddDelivery(role.RunsWork);

var app = builder.Build();

if (await Commands.RunAsync(args, app.Services, app.Configuration) is { } exit)
    return exit;

var limits = app.Services.GetRequiredService<RateLimits>();
app.UseMiddleware<RequestLog>();
app.UseExceptionHandler(new ExceptionHandlerOptions { ExceptionHandler = Problems.WriteFaultAsync });
app.UseStatusCodePages(Problems.WriteStatusAsync);
app.UseMiddleware<SecurityHeaders>();
var replay = app.Services.GetRequiredService<ReplayTombstones>();
app.Use(
    (context, next) =>
        replay.IsDone || context.Request.Path == "/healthz" || context.Request.Path == "/readyz"
            ? next(context)
            : Problems
                .Of(503, "storage.replaying", "What was destroyed is being destroyed again.")
                .ExecuteAsync(context)
);
if (role.ServesRequests)
    ReviewFiles.Use(app);
app.UseMiddleware<BodyDeadline>();
app.Use((context, next) => limits.ByAddressAsync(context, next));
app.UseAuthentication();
app.Use((context, next) => limits.ByCallerAsync(context, next));
app.UseAuthorization();

Health.Map(app);
if (role.ServesRequests)
{
    app.MapStaff();
    app.MapOpening();
    app.MapTriage();
    app.MapDecisions();
    app.MapAccounts();
    app.MapIntake();
    app.MapLegal();
    app.MapRisk();
    app.MapDelivery();
    app.MapAudit();
    Limits.Map(app);
    ProblemPages.Map(app);
    ApiDescription.Map(app);
    ReviewFiles.Map(app);
}

// Hangfire gives up at its start when nobody answers; a worker that comes up before its database waits for it instead.
if (role.RunsWork)
    await Health.DatabaseAnswersAsync(app.Services, app.Lifetime.ApplicationStopping);
await app.RunAsync();
return 0;

/// <summary>The entry point, named so that tests can start the same server.</summary>
public partial class Program;

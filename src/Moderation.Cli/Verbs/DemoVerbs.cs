// `moderation demo …`: what ./run does in demo mode only: logins, cases to look at, and a stand-in administrator.
using System.Buffers.Text;
using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using Moderation.Domain.Reports;

namespace Moderation.Cli.Verbs;

public static class DemoVerbs
{
    public static Command Make()
    {
        var logins = new Command(
            "logins",
            "Print the demo logins of the run on this machine.\n\nExample: moderation demo logins"
        );
        logins.SetAction(
            (_, _) =>
            {
                foreach (var login in DemoLogins.Read(ServerAddress.Find()).Logins)
                    Console.Out.WriteLine($"  {login.Login, -11} {login.Password, -20} {login.Role}");
                return Task.FromResult(ExitCode.Ok);
            }
        );
        var seed = new Command("seed", "File the demo reports, once.\n\nExample: moderation demo seed");
        seed.SetAction((_, ct) => SeedAsync(ct));
        var administrator = new Command(
            "administrator",
            "Stand in for the administrator who enrols approval keys with the vault. Demo only.\n\nExample: moderation demo administrator"
        );
        administrator.SetAction((_, ct) => EnrolPendingKeysAsync(ct));
        var relay = new Command(
            "relay",
            "Print the public key of the demo platform's SFU, for the vault to trust. Demo only.\n\nExample: moderation demo relay"
        );
        relay.SetAction(
            (_, _) =>
            {
                var data =
                    Environment.GetEnvironmentVariable("MODERATION_DATA")
                    ?? throw new VerbException(ExitCode.Usage, "MODERATION_DATA must name the data folder");
                using var key = DemoRelay.ReadOrMake(data);
                Console.Out.WriteLine(Convert.ToHexStringLower(key.PublicKey.Encode()));
                return Task.FromResult(ExitCode.Ok);
            }
        );
        return new Command("demo", "What a demo run needs besides the product.") { logins, seed, administrator, relay };
    }

    private static async Task<int> SeedAsync(CancellationToken ct)
    {
        var server = ServerAddress.Find();
        using var staff = await ApiClient.AsStaffAsync(server, "analyst", ct);
        var there = await staff.GetAsync("/v1/cases?queue=general&status=open&limit=1", ct);
        if (there.GetProperty("items").GetArrayLength() > 0)
            return ExitCode.Ok;
        foreach (var plan in Plans())
            await FakeMeetingVerb.RunAsync(server, plan, ct);
        return ExitCode.Ok;
    }

    private static IEnumerable<FakeMeetingPlan> Plans()
    {
        foreach (var reason in Reason.All.Where(r => r.Code is not ("child" or "other" or "danger")))
            yield return new FakeMeetingPlan(reason)
            {
                Window = TimeSpan.FromSeconds(8),
                Persona = reason.Number % 3 == 0 ? Persona.Established : Persona.Throwaway,
            };
        yield return new FakeMeetingPlan(Reason.ByCode("harassment")!)
        {
            Window = TimeSpan.FromSeconds(16),
            CameraGap = true,
            Note = "It started when the screen share was stopped. (Synthetic note.)",
            Subject = "guest-with-a-history",
            Attested = true,
            LossPercent = 4,
        };
        yield return new FakeMeetingPlan(Reason.ByCode("intrusion")!)
        {
            Window = TimeSpan.FromSeconds(8),
            Subject = "guest-with-a-history",
        };
    }

    private static async Task<int> EnrolPendingKeysAsync(CancellationToken ct)
    {
        var server = ServerAddress.Find();
        var vault =
            Environment.GetEnvironmentVariable("MODERATION_VAULT_PROGRAM")
            ?? throw new VerbException(ExitCode.Usage, "MODERATION_VAULT_PROGRAM must name Moderation.Vault.dll");
        using var admin = await ApiClient.AsStaffAsync(server, "admin", ct);
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(2));
        do
        {
            foreach (var key in (await admin.GetAsync("/v1/approval-keys", ct)).EnumerateArray())
                await EnrolAsync(admin, vault, server, key, ct);
        } while (await timer.WaitForNextTickAsync(ct));
        return ExitCode.Ok;
    }

    private static async Task EnrolAsync(
        ApiClient admin,
        string vault,
        ServerAddress server,
        JsonElement key,
        CancellationToken ct
    )
    {
        var encoded = Convert.ToHexStringLower(Base64Url.DecodeFromChars(key.GetProperty("cose_key").GetString()!));
        List<string> arguments =
        [
            vault,
            "enrol",
            "--dir",
            Path.Combine(server.Data!, "keys"),
            "--staff",
            key.GetProperty("staff_id").GetString()!,
            "--key",
            encoded,
        ];
        if (key.GetProperty("role").GetString() is "senior" or "custodian")
            arguments.Add("--senior");
        using var process = Process.Start(new ProcessStartInfo("dotnet", arguments))!;
        await process.WaitForExitAsync(ct);
        if (process.ExitCode != 0)
            throw new VerbException(ExitCode.Failed, "the vault did not take the key");
        await admin.SendAsync(
            HttpMethod.Post,
            $"/v1/approval-keys/{key.GetProperty("kid").GetString()}:enrolled",
            null,
            ct
        );
        Shared.Talk("enrolled one approval key");
    }
}

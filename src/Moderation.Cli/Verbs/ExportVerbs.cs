// `moderation export …`: ask for a release, approve it, make the package, fetch it, check it.
using System.Buffers.Text;
using System.CommandLine;
using System.Security.Cryptography;
using System.Text.Json;
using Moderation.Evidence;
using Moderation.Evidence.Opening;

namespace Moderation.Cli.Verbs;

public static class ExportVerbs
{
    private static readonly Option<string> Case = new("--case") { Description = "case_…", Required = true };
    private static readonly Option<string> Reference = new("--reference")
    {
        Description = "the authority's own reference",
        DefaultValueFactory = _ => "DEMO-1 (synthetic)",
    };
    private static readonly Option<string?> Report = new("--report")
    {
        Description = "rpt_…; the newest complete report of the case when left out",
    };
    private static readonly Option<int[]> Segments = new("--segments")
    {
        Description = "segment indexes; all when left out",
        AllowMultipleArgumentsPerToken = true,
    };
    private static readonly Option<string> Recipient = new("--recipient")
    {
        Description = "file with the authority's X25519 public key as hex (made by: export keygen)",
        Required = true,
    };
    private static readonly Option<string> Liaison = new("--as")
    {
        Description = "the demo login to use",
        DefaultValueFactory = _ => "liaison",
    };
    private static readonly Option<string> Approver = new("--as")
    {
        Description = "the demo login to use: senior or custodian",
        Required = true,
    };
    private static readonly Argument<string> Export = new("export") { Description = "exp_…" };
    private static readonly Option<string> Out = new("--out") { Description = "file to write", Required = true };

    public static Command Make() =>
        new("export", "Release evidence to an authority, and check what was released.")
        {
            Keygen(),
            Create(),
            Approve(),
            Build(),
            Download(),
            ExportVerifyVerb.Make(),
            Demo(),
        };

    private static Command Keygen()
    {
        var keygen = new Command(
            "keygen",
            "Make an authority's key pair: FILE is private, FILE.pub goes to the operator.\n\nExample: moderation export keygen --out agency.key"
        )
        {
            Out,
        };
        keygen.SetAction(
            (parsed, _) =>
            {
                MakeKey(parsed.GetValue(Out)!);
                return Task.FromResult(ExitCode.Ok);
            }
        );
        return keygen;
    }

    private static Command Create()
    {
        var create = new Command(
            "create",
            "Ask for a release of a report's segments.\n\nExample: moderation export create --case case_01k… --recipient agency.key.pub"
        )
        {
            Case,
            Report,
            Segments,
            Recipient,
            Reference,
            Liaison,
        };
        create.SetAction(
            async (parsed, ct) =>
                Show(
                    parsed,
                    await CreateAsync(
                        parsed.GetValue(Liaison)!,
                        parsed.GetValue(Case)!,
                        parsed.GetValue(Report),
                        parsed.GetValue(Segments) ?? [],
                        parsed.GetValue(Recipient)!,
                        parsed.GetValue(Reference)!,
                        ct
                    )
                )
        );
        return create;
    }

    private static Command Approve()
    {
        var approve = new Command(
            "approve",
            "Approve a release; two different people must.\n\nExample: moderation export approve exp_01k… --as senior"
        )
        {
            Export,
            Approver,
        };
        approve.SetAction(
            async (parsed, ct) =>
                Show(parsed, await ApproveAsync(parsed.GetValue(Approver)!, parsed.GetValue(Export)!, ct))
        );
        return approve;
    }

    private static Command Build()
    {
        var build = new Command(
            "build",
            "Have the vault disclose and make the package.\n\nExample: moderation export build exp_01k… --as liaison"
        )
        {
            Export,
            Liaison,
        };
        build.SetAction(
            async (parsed, ct) =>
                Show(parsed, await BuildAsync(parsed.GetValue(Liaison)!, parsed.GetValue(Export)!, ct))
        );
        return build;
    }

    private static Command Download()
    {
        var download = new Command(
            "download",
            "Fetch a published package.\n\nExample: moderation export download exp_01k… --out package.tar"
        )
        {
            Export,
            Out,
            Liaison,
        };
        download.SetAction(
            async (parsed, ct) =>
            {
                await DownloadAsync(parsed.GetValue(Liaison)!, parsed.GetValue(Export)!, parsed.GetValue(Out)!, ct);
                return ExitCode.Ok;
            }
        );
        return download;
    }

    private static Command Demo()
    {
        var folder = new Option<string>("--out")
        {
            Description = "folder for the package and the keys",
            DefaultValueFactory = _ => ".",
        };
        var demo = new Command(
            "demo",
            "The whole way with the demo's logins: key, request, two approvals, package, check. Demo only.\n\nExample: moderation export demo --case case_01k…"
        )
        {
            Case,
            folder,
            Reference,
        };
        demo.SetAction(
            async (parsed, ct) =>
            {
                var server = ServerAddress.Find();
                var into = parsed.GetValue(folder)!;
                Directory.CreateDirectory(into);
                var key = Path.Combine(into, "demo-agency.key");
                if (!File.Exists(key))
                    MakeKey(key);
                var asked = await CreateAsync(
                    "liaison",
                    parsed.GetValue(Case)!,
                    null,
                    [],
                    $"{key}.pub",
                    parsed.GetValue(Reference)!,
                    ct
                );
                var id = asked.GetProperty("id").GetString()!;
                await ApproveAsync("senior", id, ct);
                await ApproveAsync("custodian", id, ct);
                var made = await BuildAsync("liaison", id, ct);
                var file = Path.Combine(into, made.GetProperty("package").GetProperty("name").GetString()!);
                await DownloadAsync("liaison", id, file, ct);
                Shared.Talk($"the package is {file}");
                return ExportVerifyVerb.Run(
                    file,
                    server.DataFile("keys", "server", "package-ca.pem"),
                    server.DataFile("keys", "public", "vault.pub"),
                    key,
                    parsed.WantsJson()
                );
            }
        );
        return demo;
    }

    private static void MakeKey(string file)
    {
        using var pair = KemKeyPair.Generate(Kem.X25519);
        var bytes = pair.ExportPrivateKey();
        PrivateFile.Write(file, Convert.ToHexStringLower(bytes) + "\n");
        CryptographicOperations.ZeroMemory(bytes);
        File.WriteAllText($"{file}.pub", Convert.ToHexStringLower(pair.PublicKey) + "\n");
        Shared.Talk($"private key in {file}, public key in {file}.pub");
    }

    private static async Task<JsonElement> CreateAsync(
        string login,
        string about,
        string? report,
        int[] segments,
        string recipientFile,
        string reference,
        CancellationToken ct
    )
    {
        using var staff = await ApiClient.AsStaffAsync(ServerAddress.Find(), login, ct);
        using var key = await ApprovalKeyFile.ReadAsync(staff, login, ct);
        var (id, all) = await EvidenceOfAsync(staff, about, report, ct);
        var now = TimeProvider.System.GetUtcNow();
        var body = new
        {
            case_id = about,
            process = new
            {
                basis = "us_search_warrant",
                authority = new
                {
                    name = "Example Police (synthetic)",
                    country = "US",
                    contact = "desk@police.example",
                },
                reference,
                received_at = now.AddHours(-2),
                served_at = now.AddHours(-1),
                served_by = "portal",
                scope = new
                {
                    categories = new[] { "content", "subscriber", "moderation" },
                    from = now.AddDays(-30),
                    to = now,
                },
            },
            report_id = id,
            segments = segments.Length > 0 ? segments : all,
            recipient_key = Base64Url.EncodeToString(PrivateFile.ReadHex(recipientFile, 32)),
        };
        return await staff.SendAsync(HttpMethod.Post, "/v1/exports", body, ct);
    }

    private static async Task<(string Id, int[] Segments)> EvidenceOfAsync(
        ApiClient staff,
        string about,
        string? report,
        CancellationToken ct
    )
    {
        var detail = await staff.GetAsync($"/v1/cases/{Uri.EscapeDataString(about)}", ct);
        foreach (var row in detail.GetProperty("reports").EnumerateArray())
        {
            var id = row.GetProperty("id").GetString()!;
            if ((report is not null && report != id) || row.GetProperty("state").GetString() != "complete")
                continue;
            return (
                id,
                [.. row.GetProperty("segments").EnumerateArray().Select(s => s.GetProperty("index").GetInt32())]
            );
        }
        throw new VerbException(ExitCode.NotFound, "the case has no such complete report");
    }

    private static async Task<JsonElement> ApproveAsync(string login, string id, CancellationToken ct)
    {
        using var staff = await ApiClient.AsStaffAsync(ServerAddress.Find(), login, ct);
        using var key = await ApprovalKeyFile.ReadAsync(staff, login, ct);
        var export = await staff.GetAsync($"/v1/exports/{Uri.EscapeDataString(id)}", ct);
        var terms = ReadTerms(export, out var payload);
        Shared.Talk(
            $"{login} approves {export.GetProperty("name").GetString()}: {terms.Indices.Count} segments, {export.GetProperty("process_id").GetString()}"
        );
        var approval = Base64Url.EncodeToString(Grant.Approve(key, payload));
        return await staff.SendAsync(
            HttpMethod.Post,
            $"/v1/exports/{Uri.EscapeDataString(id)}:approve",
            new { approval },
            ct
        );
    }

    private static async Task<JsonElement> BuildAsync(string login, string id, CancellationToken ct)
    {
        using var staff = await ApiClient.AsStaffAsync(ServerAddress.Find(), login, ct);
        using var key = await ApprovalKeyFile.ReadAsync(staff, login, ct);
        var export = await staff.GetAsync($"/v1/exports/{Uri.EscapeDataString(id)}", ct);
        var terms = ReadTerms(export, out _);
        var request = new KeyRequest
        {
            RequestId = RandomNumberGenerator.GetBytes(16),
            GrantId = terms.GrantId,
            ContentId = terms.ContentId,
            Indices = terms.Indices,
            Recipient = Base64Url.DecodeFromChars(export.GetProperty("recipient_key").GetString()!),
            CreatedMs = (ulong)TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(),
        };
        return await staff.SendAsync(
            HttpMethod.Post,
            $"/v1/exports/{Uri.EscapeDataString(id)}:build",
            new { key_request = Base64Url.EncodeToString(request.Sign(key)) },
            ct
        );
    }

    private static async Task DownloadAsync(string login, string id, string file, CancellationToken ct)
    {
        using var staff = await ApiClient.AsStaffAsync(ServerAddress.Find(), login, ct);
        await using var output = File.Create(file);
        await staff.DownloadAsync($"/v1/exports/{Uri.EscapeDataString(id)}/package", output, ct);
    }

    private static GrantTerms ReadTerms(JsonElement export, out byte[] payload)
    {
        payload = Base64Url.DecodeFromChars(export.GetProperty("grant_payload").GetString()!);
        return GrantTerms.Parse(payload) ?? throw new VerbException(ExitCode.Failed, "the server sent no grant");
    }

    private static int Show(ParseResult parsed, JsonElement export)
    {
        if (parsed.WantsJson())
            Shared.Data(export);
        else
            Console.Out.WriteLine(
                $"{export.GetProperty("id").GetString()}  {export.GetProperty("name").GetString()}  {export.GetProperty("status").GetString()}"
            );
        return ExitCode.Ok;
    }
}

// `moderation audit export|verify`: takes the audit log as a file, and checks such a file without a server.
using System.CommandLine;
using System.Globalization;
using Moderation.Evidence.Audit;

namespace Moderation.Cli.Verbs;

public static class AuditVerbs
{
    public static Command Make() => new("audit", "The tamper-evident log.") { MakeExport(), MakeVerify() };

    private static Command MakeExport()
    {
        var output = new Option<string>("--out") { Description = "a file, or a folder to put it in", Required = true };
        var login = new Option<string>("--as")
        {
            Description = "the demo login to use; an auditor",
            DefaultValueFactory = _ => "auditor",
        };
        var export = new Command(
            "export",
            "Take the whole audit log up to its newest checkpoint as a file.\n\nExample: moderation audit export --out audit.ndjson"
        )
        {
            output,
            login,
        };
        export.SetAction(
            async (parsed, ct) =>
            {
                using var staff = await ApiClient.AsStaffAsync(ServerAddress.Find(), parsed.GetValue(login)!, ct);
                var path = FileOf(parsed.GetValue(output)!);
                await using (var file = new FileStream(path, FileMode.Create, FileAccess.Write))
                    await staff.DownloadAsync("/v1/audit/export", file, ct);
                if (parsed.WantsJson())
                    Shared.Data(new { ok = true, file = path });
                else
                    Shared.Talk($"{path}; check it with: moderation audit verify {path} --key log.pub");
                return ExitCode.Ok;
            }
        );
        return export;
    }

    private static Command MakeVerify()
    {
        var file = new Argument<string>("file") { Description = "what audit export wrote" };
        var key = new Option<string[]>("--key")
        {
            Description =
                "file with a public key of the log (log.pub), pinned beforehand; several for a rotation. Default: that of the run on this machine",
            AllowMultipleArgumentsPerToken = true,
        };
        var seen = new Option<string[]>("--checkpoint")
        {
            Description = "file with a checkpoint that was kept from earlier; the log must contain it",
            AllowMultipleArgumentsPerToken = true,
        };
        var witness = new Option<string[]>("--witness")
        {
            Description = "file with the public key of a witness; its cosignatures are then checked",
            AllowMultipleArgumentsPerToken = true,
        };
        var verify = new Command(
            "verify",
            "Check an export offline: every entry, every checkpoint, and those seen before; exit 0 or 6.\n\nExample: moderation audit verify audit.ndjson --key log.pub --checkpoint seen-in-may.txt"
        )
        {
            file,
            key,
            seen,
            witness,
        };
        verify.SetAction(
            async (parsed, ct) =>
            {
                var keys = ReadKeys(parsed.GetValue(key)!, NoteKeyKind.Ed25519);
                if (keys.Count == 0)
                    keys = ReadKeys([ServerAddress.Find().DataFile("keys", "public", "log.pub")], NoteKeyKind.Ed25519);
                using var check = new LogExportCheck(
                    keys,
                    ReadKeys(parsed.GetValue(witness)!, NoteKeyKind.Cosignature),
                    [.. parsed.GetValue(seen)!.Select(path => ReadCheckpoint(path, keys))]
                );
                return Say(check, await RunAsync(check, parsed.GetValue(file)!, ct), parsed.WantsJson());
            }
        );
        return verify;
    }

    private static async Task<LogFault?> RunAsync(LogExportCheck check, string path, CancellationToken ct)
    {
        if (!File.Exists(path))
            throw new VerbException(ExitCode.NotFound, $"{path} is missing");
        await using var file = File.OpenRead(path);
        await foreach (var line in LineReader.ReadAsync(file, ct))
            if (line is null)
                return new LogFault(check.Size, "audit.export-malformed", "a line does not end, or is no text");
            else if (check.Take(line) is { } fault)
                return fault;
        return check.Finish();
    }

    private static int Say(LogExportCheck check, LogFault? fault, bool json)
    {
        var root = check.Size == 0 ? null : Convert.ToBase64String(check.Root());
        if (json)
            Shared.Data(
                fault is null
                    ? (object)
                        new
                        {
                            ok = true,
                            size = check.Size,
                            root,
                            checkpoints = check.Checkpoints,
                            cosignatures = check.Cosignatures,
                        }
                    : new
                    {
                        ok = false,
                        code = fault.Code,
                        first_bad = fault.Index,
                        detail = fault.Why,
                    }
            );
        else if (fault is null)
            Console.Out.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"OK, {check.Size} entries under {check.Checkpoints} signed checkpoints, {check.Cosignatures} cosignatures, root {root}"
                )
            );
        else
            Console.Out.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"NOT VERIFIED at entry {fault.Index}: {fault.Why} ({fault.Code})"
                )
            );
        return fault is null ? ExitCode.Ok : ExitCode.VerificationFailed;
    }

    private static string FileOf(string output) =>
        Directory.Exists(output) || output.EndsWith('/')
            ? Path.Combine(Directory.CreateDirectory(output).FullName, "audit-log.ndjson")
            : output;

    private static List<NoteKey> ReadKeys(string[] paths, NoteKeyKind kind) =>
        [
            .. paths
                .SelectMany(path => ReadText(path).Split('\n'))
                .Where(line => line.Trim().Length > 0)
                .Select(line =>
                    NoteKey.Parse(line) is { } key && key.Kind == kind
                        ? key
                        : throw new VerbException(ExitCode.Usage, "a key file does not hold such a public key")
                ),
        ];

    private static Checkpoint ReadCheckpoint(string path, List<NoteKey> keys) =>
        Checkpoint.Verify(ReadText(path), keys)
        ?? throw new VerbException(
            ExitCode.VerificationFailed,
            $"{path} is no checkpoint that this log's key has signed"
        );

    private static string ReadText(string path) =>
        File.Exists(path) ? File.ReadAllText(path) : throw new VerbException(ExitCode.NotFound, $"{path} is missing");
}

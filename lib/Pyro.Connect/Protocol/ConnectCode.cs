using Grpc.Core;

namespace Pyro.Connect.Protocol;

/// <summary>Status codes in the three forms they travel in: gRPC number, Connect name, HTTP status.</summary>
public static class ConnectCode
{
    private static readonly (StatusCode Code, string Name, int Http)[] Table =
    [
        (StatusCode.Cancelled, "canceled", 499),
        (StatusCode.Unknown, "unknown", 500),
        (StatusCode.InvalidArgument, "invalid_argument", 400),
        (StatusCode.DeadlineExceeded, "deadline_exceeded", 504),
        (StatusCode.NotFound, "not_found", 404),
        (StatusCode.AlreadyExists, "already_exists", 409),
        (StatusCode.PermissionDenied, "permission_denied", 403),
        (StatusCode.ResourceExhausted, "resource_exhausted", 429),
        (StatusCode.FailedPrecondition, "failed_precondition", 400),
        (StatusCode.Aborted, "aborted", 409),
        (StatusCode.OutOfRange, "out_of_range", 400),
        (StatusCode.Unimplemented, "unimplemented", 501),
        (StatusCode.Internal, "internal", 500),
        (StatusCode.Unavailable, "unavailable", 503),
        (StatusCode.DataLoss, "data_loss", 500),
        (StatusCode.Unauthenticated, "unauthenticated", 401),
    ];

    /// <summary>The name in an error's JSON.</summary>
    public static string Name(StatusCode code) => Row(code).Name;

    /// <summary>The HTTP status of an error in the Connect protocol.</summary>
    public static int Http(StatusCode code) => Row(code).Http;

    /// <summary>The code that a plain route's HTTP status stands for, as Pyroscope's own table has it.</summary>
    public static StatusCode FromHttp(int status) => status switch
    {
        400 or 413 => StatusCode.InvalidArgument,
        401 => StatusCode.Unauthenticated,
        403 => StatusCode.PermissionDenied,
        404 => StatusCode.Unimplemented,
        412 => StatusCode.FailedPrecondition,
        429 or 431 => StatusCode.ResourceExhausted,
        499 => StatusCode.Cancelled,
        502 or 503 => StatusCode.Unavailable,
        504 => StatusCode.DeadlineExceeded,
        _ => StatusCode.Unknown,
    };

    private static (StatusCode Code, string Name, int Http) Row(StatusCode code)
    {
        foreach (var row in Table)
        {
            if (row.Code == code)
                return row;
        }
        return Table[1];
    }
}

// oci

/** `user-agent` of every request; the version is the API's contract version, not the build's. */
export const TIDINGS_USER_AGENT = 'Tidings/1.0';
